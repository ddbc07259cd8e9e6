"""Collection: one poll of a cluster after another, and what is kept between them."""
