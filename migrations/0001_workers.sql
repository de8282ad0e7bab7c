-- Who works: a Jr is a logical worker; the Lambda executes on its behalf (design section 6).
create table jr_status (
  jr_name         text primary key constraint jr_status_name_not_blank check (btrim(jr_name) <> ''),
  jr_role         text,
  specialties     text[] not null default '{}',
  is_online       boolean not null default false,
  last_seen       timestamptz,
  -- The tasks that it runs, as of last_seen.
  current_load    integer not null default 0 constraint jr_status_load_not_negative check (current_load >= 0),
  max_concurrent  integer not null default 10 constraint jr_status_capacity_positive check (max_concurrent > 0),
  restart_count   integer not null default 0,
  last_restart_at timestamptz
);

insert into jr_status (jr_name, jr_role, specialties) values
  ('Software Engineer Jr.', 'software engineer', '{code,python,typescript,sql}'),
  ('Infrastructure Jr.',    'infrastructure',    '{infrastructure,deployment,systemd,network}'),
  ('Vision Jr.',            'vision',            '{vision,camera,image}'),
  ('Research Jr.',          'research',          '{research,documentation}'),
  ('it_triad_jr',           'it triad',          '{operations,database,monitoring}');
