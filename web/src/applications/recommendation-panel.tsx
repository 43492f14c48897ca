import { Button, Group, Stack, Text } from '@mantine/core'
import { useState, type FormEvent, type ReactElement } from 'react'
import { fieldMessage } from '../api/problem.ts'
import { useMay } from '../session/may.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import type { View } from './applications.ts'
import { PolicyField, TierField } from './grant-fields.tsx'
import { useAct } from './use-act.ts'

/** What officers who do not decide would grant: the decision grants the newest, or less. */
export function RecommendationPanel({ view }: { view: View }): ReactElement {
  const may = useMay()
  const [open, setOpen] = useState(false)
  const mayRecommend = view.state === 'in-review' && may('application.judge')
  const earlier = view.recommendations.filter(({ stands }) => !stands)
  return (
    <Panel title="Recommendation" lead="An officer who does not decide writes down a tier and a policy; the decision grants that or less.">
      <Stack>
        {view.recommendations
          .filter(({ stands }) => stands)
          .map((one) => (
            <Recommended key={one.at} one={one} />
          ))}
        {view.recommendations.every(({ stands }) => !stands) && <Text>Nobody has recommended anything for the answers as they are now.</Text>}
        {earlier.length > 0 && (
          <details>
            <summary>{earlier.length === 1 ? 'One earlier recommendation' : `${earlier.length} earlier recommendations`}</summary>
            {earlier.toReversed().map((one) => (
              <Recommended key={`${one.at} ${one.by.id}`} one={one} />
            ))}
          </details>
        )}
        {mayRecommend && (
          <Group>
            <Button variant="default" onClick={() => setOpen(true)}>
              Recommend
            </Button>
          </Group>
        )}
      </Stack>
      {open && <RecommendDialog view={view} onClose={() => setOpen(false)} />}
    </Panel>
  )
}

function Recommended({ one }: { one: View['recommendations'][number] }): ReactElement {
  return (
    <div>
      <Text>
        Tier {one.tier}, under <span className="mono">{one.jurisdiction}</span>
      </Text>
      <Text size="sm" c="dimmed" component="div">
        By {one.by.name} at <Instant value={one.at} />, of version {one.answersVersion} of the answers
      </Text>
    </div>
  )
}

function RecommendDialog({ view, onClose }: { view: View; onClose: () => void }): ReactElement {
  const free = view.tiers.find(({ obstacles }) => obstacles.length === 0)?.tier ?? view.tiers[0]!.tier
  const empty = { tier: free as string, jurisdiction: view.policies[0]?.policy ?? '' }
  const { values, set, clear } = useDraft(`recommend-${view.id}`, empty)
  const recommend = useAct(view, 'recommendation', () => {
    clear()
    onClose()
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    recommend.mutate(values)
  }
  return (
    <Dialog opened onClose={onClose} title="Recommend" dismissible={!recommend.isPending}>
      <form onSubmit={submit}>
        <Stack>
          <TierField view={view} value={values.tier} error={fieldMessage(recommend.error, '/tier')} onChange={(tier) => set({ tier })} open />
          <PolicyField
            view={view}
            value={values.jurisdiction}
            error={fieldMessage(recommend.error, '/jurisdiction')}
            onChange={(jurisdiction) => set({ jurisdiction })}
          />
          <Text size="sm">From then on you do not decide this application: another membership officer does.</Text>
          <ProblemAlert error={recommend.error} shownFields={['/tier', '/jurisdiction']} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} disabled={recommend.isPending}>
              Cancel
            </Button>
            <Button type="submit" loading={recommend.isPending}>
              Recommend
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
