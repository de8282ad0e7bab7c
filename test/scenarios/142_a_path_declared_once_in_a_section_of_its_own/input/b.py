value = "first of all"
