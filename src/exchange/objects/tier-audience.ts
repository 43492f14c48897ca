/** The audience of a member's tier with its position, of a membership `m` and its `tier_since` `t`; none while its feeds do not follow its tier yet. */
export const TIER = `case when t.changed_at is null then tier_audience(c.operator_id, m.tier) || ' ' || coalesce(t.since_position, 0) end`
