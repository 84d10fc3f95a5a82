"""The groups of the `siaga` command, one file each."""
