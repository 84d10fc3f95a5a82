"""What Siaga 112 costs: latency, throughput and rebuild, beside bare aiokafka and other frameworks, in one run."""
