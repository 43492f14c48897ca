"""Which buffers the scripts of a page hold, read from a snapshot of their heap: what keeps their bytes is no object that a script could be asked for."""
import json

# To read one holds all threads of the agent up, and with them its signs of life.
LARGEST_SNAPSHOT = 24 << 20
MOST_TOLD = 3
TELLING_BYTES = 8 << 20


class Snapshot:
    """Takes the pieces of a snapshot, up to a size."""

    def __init__(self):
        self.pieces = []
        self.size = 0

    def take(self, piece):
        self.size += len(piece)
        if self.size <= LARGEST_SNAPSHOT:
            self.pieces.append(piece)

    def buffers(self):
        """(bytes of each, how many) of the sizes that take the most together, largest first; nothing where the snapshot is not whole."""
        if self.size == 0 or self.size > LARGEST_SNAPSHOT:
            return []
        told = json.loads("".join(self.pieces))
        fields, nodes, strings = told["snapshot"]["meta"]["node_fields"], told["nodes"], told["strings"]
        name, size, width = fields.index("name"), fields.index("self_size"), len(fields)
        data = {number for number, text in enumerate(strings) if text == "system / JSArrayBufferData"}
        counts = {}
        for at in range(0, len(nodes), width):
            if nodes[at + name] in data:
                counts[nodes[at + size]] = counts.get(nodes[at + size], 0) + 1
        much = [(each, count) for each, count in counts.items() if each * count >= TELLING_BYTES]
        return sorted(much, key=lambda one: -one[0] * one[1])[:MOST_TOLD]
