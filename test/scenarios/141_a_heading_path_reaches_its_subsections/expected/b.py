value = "second of all"
