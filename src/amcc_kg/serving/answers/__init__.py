"""What workers answer: each task is a function over the loaded graph, and `table` names them all.

Tasks choose what is said and put it into one representation. How a request is read is known in `handlers`,
what a page looks like in `pages`, what is known of a thing in `resources`.
"""
