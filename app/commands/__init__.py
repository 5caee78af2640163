"""Commands of the command line by what they are for, beside those that stand in `app.cli`."""
