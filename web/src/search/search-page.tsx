import { Alert, Button, Group, Skeleton, Stack, Text, TextInput } from '@mantine/core'
import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { useRef, useState, type FormEvent, type ReactElement } from 'react'
import type { z } from 'zod'
import { SearchPage as Answer } from '#exchange/search/contract.ts'
import { get } from '../api/client.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { DataTable } from '../ui/data-table.tsx'
import { download } from '../ui/download.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Icon } from '../ui/icon.tsx'
import { Instant } from '../ui/instant.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { FOUND_COLUMNS } from './found-columns.tsx'
import { SearchFilters } from './search-filters.tsx'
import { asQuery, inWords, NOTHING, recentQuestions, remember, saveBundle, type Found, type Question } from './search.ts'
import styles from './search.module.css'

/** Objects of the exchange by anything that is known of them. What is asked is in no address, so that no history keeps it. */
export function SearchPage(): ReactElement {
  return (
    <OnlyWith verb="object.search">
      <Search />
    </OnlyWith>
  )
}

function Search(): ReactElement {
  const [draft, setDraft] = useState<Question>(() => recentQuestions()[0] ?? NOTHING)
  const [asked, setAsked] = useState<Question>(draft)
  const found = useFound(asked)
  const ask = (question: Question) => {
    setDraft(question)
    setAsked(question)
    if (question !== NOTHING) remember(question)
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    ask(draft)
  }
  const items = found.data?.pages.flatMap(({ items: some }) => some) ?? []
  return (
    <Page
      title="Search"
      lead="Paste anything: a hash, an address, a URL, a file name, a CVE, an id, or words. Defanged values are understood. Nothing of what you look for is logged."
    >
      <form onSubmit={submit}>
        <div className={styles['asked']}>
          <TextInput
            label="Look for"
            placeholder="hxxp://bad[.]example/a, CVE-2026-0001, words of a report"
            spellCheck={false}
            autoComplete="off"
            value={draft.q}
            onChange={(event) => setDraft({ ...draft, q: event.currentTarget.value })}
          />
          <Button type="submit" leftSection={<Icon name="search" size={16} />} loading={found.isFetching && !found.isFetchingNextPage}>
            Search
          </Button>
        </div>
        <Recent onChoose={ask} />
      </form>
      <div className={styles['layout']}>
        <SearchFilters question={draft} onChange={ask} />
        <Panel title={asked === NOTHING ? 'Newest objects' : 'Found'} flush>
          {found.isPending && <Skeleton height={240} radius={0} />}
          <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />
          {found.data && (
            <>
              <Understood of={found.data.pages[0]} />
              <DataTable
                label="Objects"
                columns={FOUND_COLUMNS}
                rows={items}
                rowKey={({ id, collection }) => `${id} ${collection.id}`}
                tools={<Exports items={items} />}
                empty={
                  <EmptyState icon="search" title="Nothing that you can see fits">
                    Words are found whole, not by their beginnings; a value is found as the objects name it, however you write it.
                  </EmptyState>
                }
              />
              {found.hasNextPage && (
                <Group justify="center" p="md">
                  <Button variant="default" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
                    Show more
                  </Button>
                </Group>
              )}
            </>
          )}
        </Panel>
      </div>
    </Page>
  )
}

function useFound(asked: Question) {
  return useInfiniteQuery({
    queryKey: ['search', asked],
    queryFn: ({ signal, pageParam }) => get(Answer, '/api/exchange/objects', { ...asQuery(asked), limit: 100, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  })
}

/** How the server read the question, and whether it could look everywhere. */
function Understood({ of }: { of: z.output<typeof Answer> | undefined }): ReactElement | null {
  if (!of) return null
  const { understood, searchedTo } = of
  const read = [
    ...understood.values.map(({ kind, text }) => `${kind} ${text}`),
    ...(understood.words.length > 0 ? [`words ${understood.words.join(' ')}`] : []),
  ]
  return (
    <Stack gap={6} px="md" pt={read.length > 0 || searchedTo !== null ? 'sm' : 0}>
      {read.length > 0 && (
        <Text size="sm" c="dimmed" className="break" component="span">
          Read as {read.join(' or ')}
        </Text>
      )}
      {searchedTo !== null && (
        <Alert color="yellow" variant="light" role="none" icon={<Icon name="clock" />} title="The newest objects are still being read for their words">
          Words, labels and facts are searched up to <Instant value={searchedTo} />; values and ids everywhere. Search again in a minute.
        </Alert>
      )}
    </Stack>
  )
}

function Recent({ onChoose }: { onChoose: (question: Question) => void }): ReactElement | null {
  const recent = recentQuestions()
  if (recent.length === 0) return null
  return (
    <section className={styles['recent']} aria-label="Recent searches, kept until you reload">
      {recent.map((question) => (
        <Button key={JSON.stringify(question)} variant="default" size="compact-xs" maw={260} onClick={() => onChoose(question)}>
          {inWords(question)}
        </Button>
      ))}
    </section>
  )
}

function Exports({ items }: { items: readonly Found[] }): ReactElement {
  const stop = useRef<AbortController>(undefined)
  const bundle = useMutation({
    mutationFn: () => {
      stop.current = new AbortController()
      return saveBundle(items, stop.current.signal)
    },
  })
  return (
    <>
      <Button
        variant="default"
        disabled={items.length === 0}
        onClick={() => download('vedette-search-results.json', 'application/json', JSON.stringify(items, null, 2))}
      >
        Export JSON
      </Button>
      <Button variant="default" disabled={items.length === 0} loading={bundle.isPending} onClick={() => bundle.mutate()}>
        Export STIX bundle
      </Button>
      <ProblemAlert error={bundle.error} />
    </>
  )
}
