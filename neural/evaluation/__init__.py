"""How good is a model? Measures that need no listener.

entropy    what counting alone would achieve on a sequence of codes
"""
