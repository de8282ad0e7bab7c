import os
end_of_the_file = 1
