"""A real Apache Kafka from packages alone, for laptops and tests.

    with LocalKafka() as kafka:
        producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap)

Java comes in a wheel; Kafka's jars are fetched once (44 MB) and checked against jars.json.
"""

from .cluster import LocalKafka
from .control import DEFAULT_PORT, Status, down, status, up
from .errors import (
    BrokerDidNotStart,
    BrokerDidNotStop,
    CacheNotWritable,
    CorruptJar,
    DataDirInUse,
    DataDirNotWritable,
    DownloadFailed,
    LocalKafkaError,
    NoDiskSpace,
    PortTaken,
    WrongPlatform,
)
from .jars import KAFKA_VERSION, cache_dir, ensure_jars, verify_jars

__all__ = [
    "DEFAULT_PORT",
    "KAFKA_VERSION",
    "BrokerDidNotStart",
    "BrokerDidNotStop",
    "CacheNotWritable",
    "CorruptJar",
    "DataDirInUse",
    "DataDirNotWritable",
    "DownloadFailed",
    "LocalKafka",
    "LocalKafkaError",
    "NoDiskSpace",
    "PortTaken",
    "Status",
    "WrongPlatform",
    "cache_dir",
    "down",
    "ensure_jars",
    "status",
    "up",
    "verify_jars",
]
