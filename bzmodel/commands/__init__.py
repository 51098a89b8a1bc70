"""The commands, one module each: `add(parser)` declares its options, `run(args)` does it and gives the exit code."""
