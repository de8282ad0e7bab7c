value = "third of all of them"
