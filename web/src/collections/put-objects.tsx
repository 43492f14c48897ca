import { List, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import type { z } from 'zod'
import { MOST_PUT, PutResult } from '#exchange/embargoes/contract.ts'
import { upload } from '../api/client.ts'
import { FileDrop } from '../ui/file-drop.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { useUpload } from '../ui/use-upload.ts'
import type { Embargo } from './embargoes.ts'

/** Puts the objects of a file under an embargo, and says what became of them. */
export function PutObjects({ embargo }: { embargo: Embargo }): ReactElement {
  const queries = useQueryClient()
  const [result, setResult] = useState<z.output<typeof PutResult> | undefined>()
  const put = useUpload({
    send: (file, watched) => upload(PutResult, `/api/embargoes/${embargo.id}/objects`, file, watched),
    maxBytes: 10 * 1024 * 1024,
    onDone: async (answer) => {
      setResult(answer)
      await queries.invalidateQueries({ queryKey: ['embargoes', embargo.collection] })
    },
  })
  return (
    <Stack gap="xs">
      <FileDrop label={`Put objects under ${embargo.title}`} choose="Choose a bundle" accept=".json,application/json" upload={put}>
        A STIX bundle or TAXII envelope of at most {MOST_PUT} objects. A tier that has reached its instant is shown them at once.
      </FileDrop>
      <ProblemAlert error={put.error} />
      {result && (
        <output>
          <Text size="sm">
            {result.added} added, {result.known} known, {result.refused} refused
          </Text>
          {result.refusals.length > 0 && (
            <List size="sm">
              {result.refusals.map(({ id, message }, n) => (
                <List.Item key={`${id} ${n}`} className="break">
                  {id}: {message}
                </List.Item>
              ))}
            </List>
          )}
        </output>
      )}
    </Stack>
  )
}
