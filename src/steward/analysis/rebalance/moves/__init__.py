"""How a placement is reached: the order of moves, their state, their pace. Pure."""
