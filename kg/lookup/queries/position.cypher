// The number of the ledger's last change that the store holds.
MATCH (state:Manifest) RETURN state.position AS position
