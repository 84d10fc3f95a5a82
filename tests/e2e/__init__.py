"""Black-box tests: real service processes, a real broker, the provider's sandbox, the real `siaga` command."""
