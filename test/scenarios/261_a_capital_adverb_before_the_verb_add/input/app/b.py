value = 'the first of all'
