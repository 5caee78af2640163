"""The control address: how a test, a demo or a front-end developer changes the sandbox from outside, in JSON."""
