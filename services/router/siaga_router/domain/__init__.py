"""What the router decides, as pure functions.

`plan` says which roles an incident needs, `directory` and `nearest` who fills them, `deadlines` how long things may
take, `call` is what the log says of a call, `routing` and `commands` decide, `decider` puts them together.
"""
