value = 'the second of them all'
