"""Every text that users see on one page, in the order in which they meet them.

The page is for reading aloud: a sentence that nobody would say is a fault, although every check passes.
"""
