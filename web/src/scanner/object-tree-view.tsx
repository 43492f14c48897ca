import { Button, UnstyledButton } from '@mantine/core'
import { useState, type ReactElement } from 'react'
import { CopyDigest } from './copy-digest.tsx'
import { formatSize } from '../ui/format-size.ts'
import { Icon } from '../ui/icon.tsx'
import { objectIcon } from './object-icon.ts'
import type { Marks, TreeNode } from './object-tree.ts'
import styles from './object-tree-view.module.css'

/** Objects of one container that are drawn at once, beside those at which something stands. */
const UNMARKED_AT_ONCE = 5
const MORE_AT_ONCE = 200

/** The file and what lies in it as a tree, with what was found drawn at its place. */
export function ObjectTreeView({ tree }: { tree: TreeNode }): ReactElement {
  return (
    <ul className={styles['tree']} aria-label="What lies in the file">
      <Node node={tree} />
    </ul>
  )
}

function Node({ node }: { node: TreeNode }): ReactElement {
  const [open, setOpen] = useState(true)
  const { name, path, object, marks, children } = node
  return (
    <li className={styles['node']}>
      <div className={styles['row']} data-tone={toneOf(marks)}>
        {children.length > 0 ? (
          <UnstyledButton className={styles['twist']} aria-expanded={open} aria-label={`What lies in ${name}`} onClick={() => setOpen(!open)}>
            <Icon name={open ? 'opened' : 'closed'} size={13} />
          </UnstyledButton>
        ) : (
          <span className={styles['twist']} />
        )}
        <span className={styles['icon']}>
          <Icon name={object ? objectIcon(object.type) : 'code'} size={17} />
        </span>
        <span className={styles['name']} title={path}>
          {name}
        </span>
        <span className={styles['about']}>{object ? `${object.type}, ${formatSize(object.size)}` : 'a part of it'}</span>
        <MarkList marks={marks} />
        {object && <CopyDigest of={path} sha256={object.sha256} />}
      </div>
      {open && children.length > 0 && <Children nodes={children} />}
    </li>
  )
}

/** Everything at which something stands; of the rest a few, and more on demand. */
function Children({ nodes }: { nodes: readonly TreeNode[] }): ReactElement {
  const [more, setMore] = useState(0)
  const unmarked = nodes.filter(({ marked, children }) => !marked && children.length === 0)
  const room = unmarked.length <= UNMARKED_AT_ONCE + 1 ? unmarked.length : UNMARKED_AT_ONCE + more
  const hidden = new Set(unmarked.slice(room))
  const shown = nodes.filter((node) => !hidden.has(node))
  return (
    <ul className={styles['inside']}>
      {shown.map((node) => (
        <Node key={node.key} node={node} />
      ))}
      {hidden.size > 0 && (
        <li className={styles['node']}>
          <Button variant="subtle" size="compact-sm" onClick={() => setMore(more + MORE_AT_ONCE)}>
            {hidden.size === 1 ? 'One object more, without a finding' : `${hidden.size.toLocaleString('en')} objects more, without findings`}
          </Button>
        </li>
      )}
    </ul>
  )
}

function toneOf({ cves, techniques, notChecked }: Marks): 'exploit' | 'technique' | 'left' | undefined {
  if (cves.length > 0) return 'exploit'
  if (techniques.length > 0) return 'technique'
  return notChecked > 0 ? 'left' : undefined
}

function MarkList({ marks: { cves, techniques, notes, notChecked } }: { marks: Marks }): ReactElement {
  return (
    <>
      {cves.map((cve) => (
        <span key={cve} className={styles['mark']} data-kind="exploit">
          <Icon name="warning" size={13} /> {cve}
        </span>
      ))}
      {techniques.map((id) => (
        <span key={id} className={styles['mark']} data-kind="technique">
          <Icon name="flag" size={13} /> {id}
        </span>
      ))}
      {notes.map((id) => (
        <span key={id} className={styles['mark']} data-kind="note">
          {id}
        </span>
      ))}
      {notChecked > 0 && (
        <span className={styles['mark']} data-kind="left">
          <Icon name="lock" size={13} /> not examined
        </span>
      )}
    </>
  )
}
