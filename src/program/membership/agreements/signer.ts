/** Who signed a statement, and when the statement was made (RFC 3339, UTC); read from a statement that this program made. */
export function signerOf(statement: string): { readonly id: string; readonly name: string; readonly at: string } {
  const { person, at } = JSON.parse(statement) as { person: { id: string; name: string }; at: string }
  return { id: person.id, name: person.name, at }
}
