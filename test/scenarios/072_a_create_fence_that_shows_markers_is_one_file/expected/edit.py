"""How to edit.

<<<<<<< SEARCH
old
=======
new
>>>>>>> REPLACE
"""
PROMPT = 1
