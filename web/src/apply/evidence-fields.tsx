import { Button, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { MOST_EVIDENCE_BYTES } from '#program/membership/applications/contract.ts'
import { FileDrop } from '../ui/file-drop.tsx'
import { formatSize } from '../ui/format-size.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { useUpload } from '../ui/use-upload.ts'
import styles from './apply.module.css'
import { addEvidence, ownQuery, removeEvidence, type Own, type OwnCriterion } from './own-application.ts'
import type { SectionProps } from './section-fields.tsx'

const KINDS: Readonly<Record<OwnCriterion['evidence'][number], string>> = {
  document: 'a document',
  number: 'a number with how it is counted',
  statement: 'your statement',
  link: 'an address where it can be read',
  'worked-example': 'the worked example',
}

/** Each criterion with how it is judged, and a place for files that show that it is met. */
export function EvidenceFields(props: SectionProps): ReactElement {
  return (
    <div>
      <Text>
        Much is shown by your answers already. Where a file says it better, add it: at most {formatSize(MOST_EVIDENCE_BYTES)} each. It is stored sealed, our
        scanner reads it first, and only the officers of the programme open it.
      </Text>
      {props.own.set.criteria.map((criterion) => (
        <CriterionEvidence key={criterion.id} criterion={criterion} {...props} />
      ))}
    </div>
  )
}

function CriterionEvidence({ criterion, token, own, saving, onChange }: SectionProps & { criterion: OwnCriterion }): ReactElement {
  const queries = useQueryClient()
  const took = (next: Own) => {
    saving.adopt(next)
    onChange(next)
  }
  const upload = useUpload({
    maxBytes: MOST_EVIDENCE_BYTES,
    send: async (file, watched) => {
      await saving.flush()
      return addEvidence(token, criterion.id, file, watched)
    },
    onDone: took,
  })
  const remove = useMutation({
    mutationFn: async (id: string) => {
      await saving.flush()
      await removeEvidence(token, id)
      return queries.fetchQuery({ ...ownQuery(token), staleTime: 0 })
    },
    onSuccess: took,
  })
  const files = own.evidence.filter((one) => one.criterion === criterion.id)
  return (
    <section className={styles['criterion']} aria-label={criterion.title}>
      <Text fw={600}>{criterion.title}</Text>
      <Text>{criterion.text}</Text>
      <Text size="sm" c="dimmed">
        Shown by {criterion.evidence.map((kind) => KINDS[kind]).join(', ')}. {criterion.judged}
      </Text>
      {files.length > 0 && (
        <ul className={styles['files']}>
          {files.map((file) => (
            <li key={file.id} className={styles['file']}>
              <span className="break">
                {file.name}, {formatSize(file.size)}
                {file.sent && ', sent in'}
              </span>
              {!file.sent && (
                <Button
                  variant="subtle"
                  color="red"
                  size="compact-sm"
                  loading={remove.isPending}
                  onClick={() => remove.mutate(file.id)}
                  aria-label={`Take back ${file.name}`}
                >
                  Take back
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      <FileDrop label={`A file for “${criterion.title}”`} upload={upload} />
      <ProblemAlert error={upload.error ?? remove.error} />
    </section>
  )
}
