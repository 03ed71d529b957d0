"""Translating: what is to be done in a language, in parts, and taking over what was translated.

`languages` has two files per language. The one that ends with `.txt` identifies the English texts that its texts
were made from, so that a changed English text is noticed. The other one, which people write, has the
exceptions: `same`, English texts that are equal in the language; `terms`, by key, terms of the glossary that a text
does without; and `long`, keys of texts that are longer than usual.
"""
