-- A copy on trial must not act in the world: no scheduled work, no mail out, no mail in.
select format('update %I set active = false where active', name)
from unnest(array['ir_cron', 'ir_mail_server', 'fetchmail_server']) as name where to_regclass(name) is not null \gexec
