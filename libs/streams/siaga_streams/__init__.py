"""The runtime of Siaga 112: deciders over a log, each step one transaction.

`decider` says what a service must give, `worker` runs it, `backend` is the log as a port (`kafka`, `memory`).
"""
