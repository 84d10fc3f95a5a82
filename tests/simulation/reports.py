"""What callers say in the simulation. Invented, in the manner of real calls: every category, manner and kind of place."""

from __future__ import annotations

__all__ = ["ADDED_WORDS", "POINTS", "REPORTS"]

REPORTS: tuple[str | None, ...] = (
    "kebakaran rumah di pasar liwa, ada orang terjebak di dalam",
    "tolong pak kebakaran di pekon hanakau sukau, api sudah besar",
    "kios kebakar di sumber jaya dekat masjid, belum ada korban",
    "bapak saya pingsan tidak sadar di way mengaku liwa, tolong ambulan",
    "ibu mau melahirkan di pekon kenali belalau, ketuban sudah pecah",
    "anak saya digigit ular di sekincau, kakinya bengkak",
    "minta ambulan buat kontrol besok pagi di puskesmas fajar bulan",
    "kecelakaan motor di tanjakan sedayu sumber jaya, dua orang luka parah",
    "truk masuk jurang di way tenong, sopirnya terjepit di kabin",
    "ada yang jatuh ke sumur di pekon bakhu batu ketulis",
    "longsor nutup jalan di suoh, rumah ketimbun, ada orang di dalam",
    "banjir di bandar negeri suoh, warga minta diungsikan",
    "gempa barusan, beberapa rumah retak di gedung surian",
    "ada maling ketangkep warga di kebun tebu, mau dihakimi massa",
    "orang gila ngamuk bawa golok di pasar liwa",
    "ribut tawuran anak muda di simpang sukau pakai batu",
    "harimau masuk kampung di pekon sukamaju suoh, kambing dimakan",
    "pohon tumbang nutup jalan di lumbok seminung",
    "kabel listrik putus nyetrum orang di air hitam",
    "suami saya positif covid sesak napas saturasi 80 di batu brak",
    "mau tanya jadwal vaksin di liwa kapan ya",
    "nomor telepon kantor camat balik bukit berapa pak",
    "listrik mati dari tadi sore di pekon watas, kapan nyala",
    "kebakaran jenggot wkwkwk halo mbak lagi apa",
    "halo mbak pesan sate dua puluh tusuk ya wkwk",
    "hahaha coba coba aja kak, iseng",
    "kebakaran wkwkwk bohong deng di pasar liwa hahaha",
    "mbak pesan martabak ke alamat biasa, cepat ya mbak",
    "tolong... dia masih di sini... jangan keras keras",
    "tolong ada kebakaran cepat pak",
    "ada orang kecelakaan parah berdarah banyak, cepat kesini",
    "kebakaran di krui dekat pasar",
    "kecelakaan di bukit kemuning depan terminal, banyak korban",
    "orang hanyut di danau ranau dekat lombok",
    None,
    None,
)
"""None: a silent call."""

ADDED_WORDS: tuple[str, ...] = (
    "ada korban dua orang pak",
    "ada yang terjebak di dalam",
    "lokasinya di pasar liwa dekat masjid",
    "di pekon hanakau kecamatan sukau",
    "eh ternyata sudah padam pak",
    "apinya makin besar, tolong cepat",
    "orangnya tidak sadar",
    "wkwkwk bercanda kok",
    "patokannya dekat sekolah dasar",
)
POINTS: tuple[tuple[float, float], ...] = ((-5.0216, 104.0779), (-5.2361, 104.2714), (-4.91, 103.93))
