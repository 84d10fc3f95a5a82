"""What the notifier decides, as pure functions.

`alarm` is what the log says of a call's alarms, `message` what a post is told, `reply` how its answers are read,
`delivery` what follows from an attempt's outcome, `decider` puts them together, `correlation` finds the alarm that a
provider's message belongs to.
"""
