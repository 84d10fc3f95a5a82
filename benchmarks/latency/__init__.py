"""From a report to the request at the provider: the real line, and bare hops beside it."""
