"""The `siaga` command: what operators, ops and newcomers do with the line."""
