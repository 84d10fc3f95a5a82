"""One service as a process: decode, decide, encode, in four runtimes."""
