import { Stack, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { Icon } from '../ui/icon.tsx'
import { SourceText } from '../ui/source-text.tsx'
import styles from './import-notes.module.css'
import type { Package } from './packages.ts'

/** What an import did not carry over, and what it had to assume. */
export function ImportNotes({ source }: { source: NonNullable<Package['source']> }): ReactElement {
  const { leftOut, assumed, statedTlp } = source
  return (
    <Stack gap="sm">
      {assumed.length > 0 && (
        <div className={styles['assumed']}>
          <Icon name="warning" />
          <div>
            <Text fw={600}>Assumed, because the document does not say it for the time before its publication</Text>
            <ul className={styles['list']}>
              {assumed.map((pointer) => (
                <li key={pointer}>
                  <code className="break">{pointer}</code>
                  {pointer === '/document/distribution/tlp' &&
                    `: the marking is TLP:AMBER+STRICT until you choose another${statedTlp ? `; on the day of its publication the document is TLP:${statedTlp}` : ''}`}
                  {pointer === '/cveMetadata/state' && ': a CVE record has no marking; the package is TLP:AMBER+STRICT until you choose another'}
                </li>
              ))}
            </ul>
          </div>
        </div>
      )}
      {leftOut.length === 0 ? (
        <Text size="sm">Everything in the document was carried over.</Text>
      ) : (
        <Stack gap={4}>
          <Text size="sm">
            Left out, because a package has no place for {leftOut.length === 1 ? 'it' : `them (${leftOut.length})`}. The file itself is kept.
          </Text>
          <SourceText label="What was left out, as JSON Pointers" text={leftOut.join('\n')} />
        </Stack>
      )}
    </Stack>
  )
}
