import { Alert, Button, Group, List, Select, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent, type ReactElement } from 'react'
import { YaraSetDetails } from '#scanner/yara-sets/contract.ts'
import { create, put } from '../api/client.ts'
import { asProblem, concerns, fieldMessage } from '../api/problem.ts'
import { Dialog } from '../ui/dialog.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { TLP_MEANINGS, yaraSetsQuery, type Tlp } from './yara-sets.ts'

interface Values {
  readonly name: string
  readonly tlp: Tlp
  readonly text: string
}

interface YaraSetDialogProps {
  /** The set whose version is replaced; undefined: a new one. */
  readonly replaces?: { readonly id: string; readonly version: number }
  readonly initial: Values
  readonly onClose: () => void
}

export const NEW_SET: Values = { name: '', tlp: 'AMBER+STRICT', text: '' }

/** Adds a set or replaces one; what is wrong with the rules is shown by line and column, and nothing typed is lost. No draft is kept: rules may be secret. */
export function YaraSetDialog({ replaces, initial, onClose }: YaraSetDialogProps): ReactElement {
  const queries = useQueryClient()
  const [values, setValues] = useState(initial)
  const set = (change: Partial<Values>) => setValues((before) => ({ ...before, ...change }))
  const save = useMutation({
    mutationFn: () =>
      replaces
        ? put(YaraSetDetails, `/api/yara-sets/${replaces.id}`, { ...values, version: replaces.version })
        : create(YaraSetDetails, '/api/yara-sets', values),
    onSuccess: async () => {
      onClose()
      await queries.invalidateQueries({ queryKey: yaraSetsQuery.queryKey })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  return (
    <Dialog opened onClose={onClose} title={replaces ? 'Replace a YARA set' : 'Add a YARA set'} size="xl" dismissible={values.text === initial.text}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label="Name"
            required
            maxLength={100}
            value={values.name}
            error={fieldMessage(save.error, '/name')}
            onChange={(event) => set({ name: event.currentTarget.value })}
            data-autofocus
          />
          <Select
            label="TLP"
            description={TLP_MEANINGS.find(({ label }) => label === values.tlp)?.meaning}
            required
            allowDeselect={false}
            data={TLP_MEANINGS.map(({ label }) => ({ value: label, label: `TLP:${label}` }))}
            value={values.tlp}
            onChange={(tlp) => tlp && set({ tlp })}
          />
          <RulesField text={values.text} onChange={(text) => set({ text })} error={save.error} />
          <ProblemAlert error={save.error} shownFields={['/name', '/text']} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} disabled={save.isPending}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending} disabled={values.name.trim() === '' || values.text.trim() === ''}>
              {replaces ? 'Replace the set' : 'Add the set'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}

function RulesField({ text, onChange, error }: { text: string; onChange: (text: string) => void; error: unknown }): ReactElement {
  const faults = error === null ? [] : asProblem(error).fields.filter((field) => concerns(field, '/text'))
  return (
    <Stack gap="xs">
      <Textarea
        label="Rules"
        description="YARA rules, as one text; include is refused"
        required
        autosize
        minRows={8}
        maxRows={20}
        spellCheck={false}
        classNames={{ input: 'mono' }}
        value={text}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <input
        type="file"
        accept=".yar,.yara,text/plain"
        aria-label="Rules from a file"
        onChange={(event) => {
          const [file] = event.currentTarget.files ?? []
          if (file) void file.text().then(onChange)
        }}
      />
      {faults.length > 0 && (
        <Alert color="red" variant="light" title="What is wrong with the rules">
          <List size="sm">
            {faults.map(({ message }, index) => (
              <List.Item key={index}>
                <Text size="sm" className="break" span>
                  {message}
                </Text>
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
    </Stack>
  )
}
