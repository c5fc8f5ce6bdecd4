"""Who may do what: users, sessions, keys, roles and permissions."""
