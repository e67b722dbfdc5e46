-- Sets the hash of the user with this login, else (the owner has changed it) of the administrator; prints the login.
with owner as (
    select users.id from res_users users
    left join ir_model_data data on data.module = 'base' and data.name = 'user_admin' and data.res_id = users.id
    where users.active and (users.login = :'login' or data.id is not null)
    order by users.login = :'login' desc limit 1
)
update res_users set password = :'password_hash' from owner where res_users.id = owner.id
returning regexp_replace(res_users.login, '[\u0001-\u001f\u007f-\u009f\u2028\u2029]+', ' ', 'g');
