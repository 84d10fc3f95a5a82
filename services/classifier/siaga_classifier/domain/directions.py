"""Words that introduce, surround or take back the name of a place, in the languages spoken here."""

__all__ = [
    "AT",
    "AWAY",
    "BESIDE",
    "CORRECTION",
    "FACILITIES",
    "FOLK",
    "FROM",
    "HAMLET",
    "KECAMATAN",
    "NEAR",
    "NEVER_IN_NAMES",
    "NOT",
    "NOT_FIRST",
    "PEKON",
    "ROADS",
    "SETTING",
]


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


KECAMATAN = _words("camat kec kecamatan kecmatan kicamatan")
"""The next name is a kecamatan's."""
PEKON = _words(
    """
    desa desanya deso ds kampong kampung kel kelurahan lurah pek pekon pekonnya peratin pkn
    """
)
"""The next name is a pekon's (village's)."""
HAMLET = _words("dsn dukuh dusun pemangku pemangkunya pmk umbul umbulan")
"""The next name is a hamlet's."""
AT = _words(
    """
    alamat daerah dek di dik ing kawasan lokasi nang neng ning pada posisi sekitar seputar sktr teng tkp
    wilayah
    """
)
"""The incident is there."""
NEAR = _words(
    """
    antara arah balai belakang blkg cedak cedhak dekat depan dkt dpn gang gg hutan jalan jalur jembatan
    jl jln ka kadieu kebon kebun lapangan lewat lintas masjid musala mushola pasar perbatasan perempatan
    pertigaan pinggir samping sebelah sebelum sesudah setelah simpang spg sungai tanjakan tepi terminal
    tikungan turunan
    """
)
"""The incident is near or on the way to it."""
BESIDE = _words("belakang blkg cedhak dekat depan dkt dpn samping sebelah seberang sekitar sktr")
"""The incident is right beside it."""
AWAY = _words(
    """
    anter asal bus dikirim dinas jakarta jurusan ke kirim ktp menuju nganter nomor orang plat pulang
    travel tujuan
    """
)
"""Somebody goes there or comes from there: not the incident's place."""
FOLK = _words("masyarakat penduduk warga")
"""Somebody of there: the incident's place if no other is named."""
ROADS = _words("akses arah jalan jalur jembatan jl jln lintas tanjakan tikungan turunan")
"""A road to a place: the incident is on it."""
FROM = _words("dari dr jak saka saking soko ti")
"""Mostly a starting point of directions."""
FACILITIES = _words(
    """
    bpbd camat damkar kapolsek koramil pkm polisi polres polsek pos puskesmas rs rsu rsud satpol upt
    """
)
"""Polsek Sekincau is the police of Sekincau, not the place."""
CORRECTION = _words("deng ding eh koreksi maksud maksude maksudnya mksdnya ralat salah")
"""What was said before is taken back."""
NOT = _words("bkn bukan dudu lain sanes")
"""As in "bukan di X"."""
NOT_FIRST = _words("antara arah besar ka kadieu lewat orang polisi toko warung")
"""A description of the place doesn't begin with these."""
NEVER_IN_NAMES = _words(
    """
    ada dalam dapur ini itu jauh kamar kami luar rumah sana saya sebuah sini situ tengah warga
    """
)
"""No name holds these: they end the search for similar ones."""
SETTING = (
    KECAMATAN
    | PEKON
    | HAMLET
    | NEAR
    | BESIDE
    | FACILITIES
    | _words(
        """
    atas atm bank baru bawah belok bensin besar blok bri bukit bundaran danau gereja gunung hilir hulu
    kanan kantor kiri konter lama man mi mts paud perumahan pesantren pom pondok ponpes poros raya rt rw
    sawah sd sdn sektor sma sman smk smp smpn spbu tk toko tugu ujung warung
    """
    )
)
"""May stand in the description of a place beside its name: "samping balai pekon"."""
