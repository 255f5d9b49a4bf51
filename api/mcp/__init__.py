"""The door for agents: look-ups, evidence and queries as tools of the Model Context Protocol."""
