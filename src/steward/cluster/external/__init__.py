"""What consumers say of themselves: their metrics endpoints and statistics files, read within bounds."""
