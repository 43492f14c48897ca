import { Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { CopyText } from '../ui/copy-text.tsx'
import { Fact, Facts } from '../ui/facts.tsx'
import { Panel } from '../ui/panel.tsx'

/** Where the member's directory creates and ends accounts by itself. */
export function ScimPanel(): ReactElement {
  return (
    <Panel title="Accounts from your directory" lead="By SCIM 2 your directory makes contacts here and ends them: whoever leaves there is out here at once.">
      <Facts>
        <Fact name="Base address">
          <CopyText label="Copy the base address" text={`${location.origin}/scim/v2`} />
        </Fact>
        <Fact name="Token">
          <Text size="sm">
            An API token of yours with the scopes <code>scim:read</code> and <code>scim:write</code>: make one under <Link to="/account">Account</Link>. It ends
            with your own account.
          </Text>
        </Fact>
        <Fact name="What it may">
          <Text size="sm">
            Create readers and analysts, describe them, end them. It makes no admin, clears nobody for a product, and an account that has ended does not come
            back.
          </Text>
        </Fact>
      </Facts>
    </Panel>
  )
}
