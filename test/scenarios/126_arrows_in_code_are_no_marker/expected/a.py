x = a >> c  # and two
>>>>>>> 
>>>>>>> not a marker
