-- one row for each train
create table train (
    train_id bigint primary key,
    is_active boolean default true,
    language char(2),
    created_at timestamptz not null default now(),
    valid_from date,
    note text
);

-- one row for each car
create table car (
    car_id bigint primary key,
    train_id bigint references train (train_id),
    created_at timestamptz not null default now(),
    is_active boolean default true,
    status text not null,
    amount_cents integer check (amount_cents >= 0),
    email citext
);

-- one row for each berth
create table berth (
    berth_id bigint primary key,
    train_id bigint references train (train_id),
    car_id bigint references car (car_id),
    amount_cents integer check (amount_cents >= 0),
    code varchar(16) unique,
    note text,
    language char(2),
    created_at timestamptz not null default now()
);

-- one row for each booking
create table booking (
    booking_id bigint primary key,
    berth_id bigint references berth (berth_id),
    train_id bigint references train (train_id),
    updated_at timestamptz,
    quantity smallint,
    valid_from date,
    amount_cents integer check (amount_cents >= 0),
    currency char(3) default 'EUR'
);

-- one row for each passenger
create table passenger (
    passenger_id bigint primary key,
    car_id bigint references car (car_id),
    berth_id bigint references berth (berth_id),
    email citext,
    source text,
    valid_from date,
    amount_cents integer check (amount_cents >= 0),
    created_at timestamptz not null default now()
);

-- one row for each fare
create table fare (
    fare_id bigint primary key,
    berth_id bigint references berth (berth_id),
    car_id bigint references car (car_id),
    is_active boolean default true,
    external_ref text,
    code varchar(16) unique,
    status text not null,
    updated_at timestamptz
);

-- one row for each claim
create table claim (
    claim_id bigint primary key,
    train_id bigint references train (train_id),
    booking_id bigint references booking (booking_id),
    source text,
    is_active boolean default true,
    code varchar(16) unique,
    amount_cents integer check (amount_cents >= 0),
    updated_at timestamptz
);

-- one row for each refund
create table refund (
    refund_id bigint primary key,
    booking_id bigint references booking (booking_id),
    berth_id bigint references berth (berth_id),
    code varchar(16) unique,
    currency char(3) default 'EUR',
    created_at timestamptz not null default now(),
    email citext,
    status text not null
);

-- one row for each voucher
create table voucher (
    voucher_id bigint primary key,
    fare_id bigint references fare (fare_id),
    claim_id bigint references claim (claim_id),
    currency char(3) default 'EUR',
    email citext,
    code varchar(16) unique,
    created_at timestamptz not null default now(),
    note text
);

-- one row for each station
create table station (
    station_id bigint primary key,
    train_id bigint references train (train_id),
    passenger_id bigint references passenger (passenger_id),
    amount_cents integer check (amount_cents >= 0),
    currency char(3) default 'EUR',
    created_at timestamptz not null default now(),
    code varchar(16) unique,
    quantity smallint
);

-- one row for each stop
create table stop (
    stop_id bigint primary key,
    station_id bigint references station (station_id),
    car_id bigint references car (car_id),
    currency char(3) default 'EUR',
    code varchar(16) unique,
    language char(2),
    amount_cents integer check (amount_cents >= 0),
    status text not null
);

-- one row for each delay
create table delay (
    delay_id bigint primary key,
    passenger_id bigint references passenger (passenger_id),
    car_id bigint references car (car_id),
    status text not null,
    email citext,
    source text,
    amount_cents integer check (amount_cents >= 0),
    language char(2)
);

-- one row for each crew
create table crew (
    crew_id bigint primary key,
    berth_id bigint references berth (berth_id),
    booking_id bigint references booking (booking_id),
    amount_cents integer check (amount_cents >= 0),
    code varchar(16) unique,
    valid_from date,
    currency char(3) default 'EUR',
    note text
);

-- one row for each shift
create table shift (
    shift_id bigint primary key,
    crew_id bigint references crew (crew_id),
    fare_id bigint references fare (fare_id),
    language char(2),
    code varchar(16) unique,
    status text not null,
    source text,
    email citext
);

-- one row for each meal
create table meal (
    meal_id bigint primary key,
    voucher_id bigint references voucher (voucher_id),
    shift_id bigint references shift (shift_id),
    note text,
    quantity smallint,
    created_at timestamptz not null default now(),
    status text not null,
    code varchar(16) unique
);

-- one row for each menu item
create table menu_item (
    menu_item_id bigint primary key,
    refund_id bigint references refund (refund_id),
    station_id bigint references station (station_id),
    language char(2),
    updated_at timestamptz,
    source text,
    amount_cents integer check (amount_cents >= 0),
    is_active boolean default true
);

-- one row for each supplier
create table supplier (
    supplier_id bigint primary key,
    car_id bigint references car (car_id),
    meal_id bigint references meal (meal_id),
    external_ref text,
    valid_from date,
    updated_at timestamptz,
    language char(2),
    is_active boolean default true
);

-- one row for each delivery
create table delivery (
    delivery_id bigint primary key,
    shift_id bigint references shift (shift_id),
    stop_id bigint references stop (stop_id),
    amount_cents integer check (amount_cents >= 0),
    external_ref text,
    email citext,
    quantity smallint,
    source text
);

-- one row for each complaint
create table complaint (
    complaint_id bigint primary key,
    voucher_id bigint references voucher (voucher_id),
    crew_id bigint references crew (crew_id),
    source text,
    note text,
    amount_cents integer check (amount_cents >= 0),
    is_active boolean default true,
    valid_from date
);

-- one row for each lost item
create table lost_item (
    lost_item_id bigint primary key,
    crew_id bigint references crew (crew_id),
    booking_id bigint references booking (booking_id),
    updated_at timestamptz,
    source text,
    external_ref text,
    created_at timestamptz not null default now(),
    note text
);

-- one row for each bicycle place
create table bicycle_place (
    bicycle_place_id bigint primary key,
    supplier_id bigint references supplier (supplier_id),
    menu_item_id bigint references menu_item (menu_item_id),
    valid_from date,
    note text,
    is_active boolean default true,
    currency char(3) default 'EUR',
    language char(2)
);

-- one row for each dog ticket
create table dog_ticket (
    dog_ticket_id bigint primary key,
    shift_id bigint references shift (shift_id),
    passenger_id bigint references passenger (passenger_id),
    valid_from date,
    note text,
    email citext,
    created_at timestamptz not null default now(),
    updated_at timestamptz
);

-- one row for each partner
create table partner (
    partner_id bigint primary key,
    stop_id bigint references stop (stop_id),
    delivery_id bigint references delivery (delivery_id),
    created_at timestamptz not null default now(),
    currency char(3) default 'EUR',
    note text,
    email citext,
    amount_cents integer check (amount_cents >= 0)
);

-- one row for each partner car
create table partner_car (
    partner_car_id bigint primary key,
    complaint_id bigint references complaint (complaint_id),
    claim_id bigint references claim (claim_id),
    external_ref text,
    status text not null,
    quantity smallint,
    code varchar(16) unique,
    language char(2)
);

-- one row for each invoice
create table invoice (
    invoice_id bigint primary key,
    shift_id bigint references shift (shift_id),
    partner_car_id bigint references partner_car (partner_car_id),
    valid_from date,
    note text,
    code varchar(16) unique,
    amount_cents integer check (amount_cents >= 0),
    currency char(3) default 'EUR'
);

-- one row for each payment
create table payment (
    payment_id bigint primary key,
    invoice_id bigint references invoice (invoice_id),
    car_id bigint references car (car_id),
    is_active boolean default true,
    amount_cents integer check (amount_cents >= 0),
    valid_to date,
    currency char(3) default 'EUR',
    updated_at timestamptz
);

-- one row for each card token
create table card_token (
    card_token_id bigint primary key,
    dog_ticket_id bigint references dog_ticket (dog_ticket_id),
    supplier_id bigint references supplier (supplier_id),
    valid_from date,
    source text,
    language char(2),
    note text,
    created_at timestamptz not null default now()
);

-- one row for each newsletter
create table newsletter (
    newsletter_id bigint primary key,
    voucher_id bigint references voucher (voucher_id),
    refund_id bigint references refund (refund_id),
    code varchar(16) unique,
    external_ref text,
    source text,
    is_active boolean default true,
    email citext
);

-- one row for each campaign
create table campaign (
    campaign_id bigint primary key,
    station_id bigint references station (station_id),
    newsletter_id bigint references newsletter (newsletter_id),
    email citext,
    external_ref text,
    status text not null,
    updated_at timestamptz,
    language char(2)
);

-- one row for each maintenance
create table maintenance (
    maintenance_id bigint primary key,
    shift_id bigint references shift (shift_id),
    partner_id bigint references partner (partner_id),
    language char(2),
    external_ref text,
    is_active boolean default true,
    valid_to date,
    email citext
);

-- one row for each inspection
create table inspection (
    inspection_id bigint primary key,
    train_id bigint references train (train_id),
    berth_id bigint references berth (berth_id),
    code varchar(16) unique,
    email citext,
    valid_from date,
    is_active boolean default true,
    quantity smallint
);
