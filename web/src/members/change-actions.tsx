import { Button, Menu } from '@mantine/core'
import { useState, type ReactElement } from 'react'
import { Icon } from '../ui/icon.tsx'
import { ChangeDialog, type Kind } from './change-dialog.tsx'
import type { MemberStanding } from './members.ts'

/** What can be done about a member as it stands. */
export function ChangeActions({ member }: { member: MemberStanding }): ReactElement | null {
  const [kind, setKind] = useState<Kind | undefined>()
  const { state } = member.present
  if (state === 'terminated') return null
  const kinds: readonly (readonly [Kind, string])[] = [
    ['tier', 'Change the tier'],
    ['jurisdiction', 'Change the jurisdiction policy'],
    ['renew', 'Renew'],
    ...(member.review === null ? ([['review', 'Open a review']] as const) : ([['review-decision', 'Decide the review']] as const)),
    ...(state === 'suspended' ? ([['reinstate', 'Reinstate']] as const) : []),
    ['terminate', 'Terminate'],
  ]
  return (
    <>
      {state !== 'suspended' && (
        <Button color="red.8" onClick={() => setKind('suspend')}>
          Suspend
        </Button>
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" rightSection={<Icon name="down" size={14} />}>
            Change the standing
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {kinds.map(([each, label]) => (
            <Menu.Item key={each} onClick={() => setKind(each)}>
              {label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {kind && <ChangeDialog key={kind} kind={kind} member={member} onClose={() => setKind(undefined)} />}
    </>
  )
}
