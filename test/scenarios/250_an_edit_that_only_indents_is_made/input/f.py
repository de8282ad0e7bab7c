if a:
  some_long_enough_statement()
  another_long_enough_statement()
