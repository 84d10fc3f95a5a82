"""What is known of calls, callers, incidents and surges: plain values in, plain values out. No Faust, no Kafka."""
