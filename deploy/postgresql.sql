-- A database for one plant; run as PostgreSQL's administrator: psql -f postgresql.sql
CREATE ROLE batchwright LOGIN;
CREATE DATABASE plant OWNER batchwright ENCODING 'UTF8' TEMPLATE template0;
