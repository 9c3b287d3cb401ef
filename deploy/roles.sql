-- Roles and database, made once by an administrator of the server:
--   sudo -u postgres psql -v owner_password=... -v app_password=... -f deploy/roles.sql
-- The owner needs no right to make roles: all of them are here. PostgreSQL 17 or later for the locale; with 16 write
-- LOCALE 'C.UTF-8' LOCALE_PROVIDER libc.
\set ON_ERROR_STOP on

CREATE ROLE yulan_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE yulan_app LOGIN NOINHERIT PASSWORD :'app_password';
CREATE ROLE g_public NOLOGIN;
CREATE ROLE g_org NOLOGIN;
CREATE ROLE g_panel NOLOGIN;
CREATE ROLE g_staff NOLOGIN;
CREATE ROLE g_keeper NOLOGIN;
CREATE ROLE g_deed NOLOGIN;
GRANT g_public, g_org, g_panel, g_staff, g_keeper, g_deed TO yulan_app WITH INHERIT FALSE, SET TRUE;

CREATE DATABASE yulan OWNER yulan_owner TEMPLATE template0 ENCODING 'UTF8'
    LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C.UTF-8';
REVOKE CONNECT ON DATABASE yulan FROM PUBLIC;
GRANT CONNECT ON DATABASE yulan TO yulan_owner, yulan_app;
