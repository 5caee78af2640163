"""The commands of the command line, one module for each subject; `app.cli` puts them together.

These modules say what can be typed, and what is answered. What is done stands in `app.commands.doing`, which is
imported once a command runs: `--help` and the completion of a shell import neither the schema nor the database.
"""
