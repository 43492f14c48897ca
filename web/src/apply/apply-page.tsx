import { Button, Loader, Text, Title } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState, type ReactElement } from 'react'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { ApplyForm } from './apply-form.tsx'
import { ApplyFrame } from './apply-frame.tsx'
import { ApplyStatus } from './apply-status.tsx'
import { applyTokenAtStart, dropApplyToken, takeApplyToken } from './apply-token.ts'
import { ownQuery } from './own-application.ts'
import { StartForm } from './start-form.tsx'

/** The public form: begins an application by mail, and by the mailed link fills it in, sends it and follows it. */
export function ApplyPage(): ReactElement {
  const [token, setToken] = useState(() => takeApplyToken() ?? applyTokenAtStart)
  useEffect(() => {
    document.title = 'Apply for membership · Vedette'
    const take = () => setToken((before) => takeApplyToken() ?? before)
    addEventListener('hashchange', take)
    return () => removeEventListener('hashchange', take)
  }, [])
  const leave = () => {
    dropApplyToken()
    setToken(undefined)
  }
  return <ApplyFrame>{token === undefined ? <StartForm /> : <Opened key={token} token={token} onLeave={leave} />}</ApplyFrame>
}

function Opened({ token, onLeave }: { token: string; onLeave: () => void }): ReactElement {
  const queries = useQueryClient()
  const own = useQuery(ownQuery(token))
  if (own.isPending) return <Loader aria-label="Opening your application" />
  if (own.isError) {
    return (
      <>
        <Title order={1}>This link opens nothing</Title>
        <ProblemAlert error={own.error} onRetry={() => void own.refetch()} />
        <Text>
          A link works for 30 days after something was last saved; the link of a renewal opens only while an administrator of the member is signed in. Ask for a
          new link with the same mail address: your application is still there.
        </Text>
        <Button onClick={onLeave} w="fit-content">
          Ask for a new link
        </Button>
      </>
    )
  }
  const put = (data: typeof own.data) => queries.setQueryData(ownQuery(token).queryKey, data)
  const open = own.data.state === 'draft' || own.data.state === 'clarifying'
  const shown = { token, own: own.data, onChange: put, onLeave }
  return open ? <ApplyForm key={`${own.data.state} ${own.data.rounds.length}`} {...shown} /> : <ApplyStatus {...shown} />
}
