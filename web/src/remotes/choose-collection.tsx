import { Alert, Radio, Stack, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import type { Choice } from './add-remote-dialog.tsx'
import type { OfferedRoot, Remote } from './remotes.ts'

interface Props {
  readonly offered: readonly OfferedRoot[]
  readonly direction: Remote['direction']
  readonly choice: Choice | undefined
  readonly onChoose: (choice: Choice) => void
}

/** Collections of each API root; what the credentials may not do cannot be chosen. */
export function ChooseCollection({ offered, direction, choice, onChoose }: Props): ReactElement {
  const choices = offered.flatMap((root) => root.collections.map((collection) => ({ root, ...collection, key: `${root.url} ${collection.id}` })))
  const chosen = choice ? `${choice.root.url} ${choice.id}` : null
  return (
    <>
      <Radio.Group
        label="Their collection"
        required
        value={chosen}
        onChange={(key) => {
          const found = choices.find((one) => one.key === key)
          if (found) onChoose({ root: found.root, id: found.id, title: found.title })
        }}
      >
        <Stack gap="xs" mt={6}>
          {choices.map(({ key, root, id, title, canRead, canWrite }) => (
            <Radio
              key={key}
              value={key}
              disabled={direction === 'poll' ? !canRead : !canWrite}
              label={title}
              description={
                <span className="break">
                  {rightsOf(canRead, canWrite)} · {root.title || root.url} · <span className="mono">{id}</span>
                </span>
              }
            />
          ))}
          {choices.length === 0 && <Text size="sm">The server offers no collection to these credentials.</Text>}
        </Stack>
      </Radio.Group>
      {offered
        .filter(({ failure }) => failure !== null)
        .map(({ url, failure }) => (
          <Alert key={url} color="yellow" variant="light" title="An API root that lists nothing">
            <Text size="sm">
              <span className="mono break">{url}</span>: {failure}
            </Text>
          </Alert>
        ))}
    </>
  )
}

function rightsOf(canRead: boolean, canWrite: boolean): string {
  if (canRead && canWrite) return 'can be read and written'
  if (canRead) return 'can be read'
  return canWrite ? 'can be written' : 'can be neither read nor written'
}
